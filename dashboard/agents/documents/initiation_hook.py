"""The server that an agent asks before a conversation: only what can be sent to is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.webhooks import address, headers

from .document import Unfit

_PLACE = ("workspace_overrides", "conversation_initiation_client_data_webhook")


def check_new_hook(told: Any, before: Any = None) -> None:
    """Raises Unfit for an address or headers that nothing can be sent with, as the workspace's own
    settings do. What stood there before is not asked again: documents of earlier days stay good.
    """
    new, old = _hook(told), _hook(before)
    url, names = new.get("url"), _names(new)
    try:
        place = "url"
        if isinstance(url, str) and url != old.get("url"):
            address.checked(url)
        place = "request_headers"
        if names != _names(old):
            headers.checked(dict.fromkeys(names, ""))
    except ValueError as trouble:
        loc = ["platform_settings", *_PLACE, place]
        raise Unfit([{"loc": loc, "msg": str(trouble), "type": "value_error"}]) from None


def _hook(settings: Any) -> Mapping[str, Any]:
    """What is no object here is refused with the rest of the document."""
    for step in _PLACE:
        settings = settings.get(step) if isinstance(settings, Mapping) else None
    return settings if isinstance(settings, Mapping) else {}


def _names(hook: Mapping[str, Any]) -> list[str]:
    sent = hook.get("request_headers")
    return sorted(sent) if isinstance(sent, Mapping) else []
