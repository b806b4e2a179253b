"""An owner's own headers: checked when they come, sealed, and resolved only to be sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from dashboard.providers.http import NOT_OURS_TO_SET
from dashboard.workspaces import vault

from .models import WebhookEndpoint
from .sign import HEADER

MOST = 20
LONGEST = 2_000
OURS = frozenset({HEADER.lower(), "content-type"})
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e]*")

Headers = dict[str, Any]  # a text, or {"secret_id": …}


class Unresolved(Exception):
    """A header names a secret that is not there, or that no longer opens."""


def checked(headers: Mapping[str, Any]) -> Headers:
    """Headers that can be sent. Raises ValueError, whose text never quotes a value."""
    if len(headers) > MOST:
        raise ValueError(f"Use at most {MOST} headers")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("Each header can be there once")
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ValueError("A header's name has letters, digits and dashes, at most 100")
        if name.lower() in NOT_OURS_TO_SET | OURS:
            raise ValueError(f"{name} is set by the server itself")
        _check_value(name, value)
    return dict(headers)


def _check_value(name: str, value: Any) -> None:
    match value:
        case str() if len(value) > LONGEST:
            raise ValueError(f"The value of {name} has more than {LONGEST:,} characters")
        case str() if not _VALUE.fullmatch(value):
            raise ValueError(f"The value of {name} has characters beyond plain ASCII")
        case str():
            return
        case {"secret_id": str(secret_id)} if len(value) == 1 and 0 < len(secret_id) <= 64:
            return
        case _:
            raise ValueError(f'The value of {name} is neither a text nor {{"secret_id": …}}')


def kept(endpoint: WebhookEndpoint) -> Headers:
    """As they were set. Raises vault.Unreadable."""
    if not endpoint.sealed_headers:
        return {}
    found: Headers = json.loads(vault.unseal(endpoint.sealed_headers))
    return found


def keep(endpoint: WebhookEndpoint, headers: Headers) -> None:
    """Seal them beside the endpoint, in place of those before; the caller saves the endpoint."""
    endpoint.sealed_headers = vault.seal(json.dumps(headers)) if headers else ""
    endpoint.header_names = list(headers)


def resolved(endpoint: WebhookEndpoint) -> dict[str, str]:
    """What goes over the wire. Raises Unresolved, which names the header."""
    try:
        headers = kept(endpoint)
    except vault.Unreadable:
        raise Unresolved("The webhook's headers can no longer be read; set them again.") from None
    return {name: _plain(endpoint, name, value) for name, value in headers.items()}


def _plain(endpoint: WebhookEndpoint, name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    secret = endpoint.workspace.secrets.filter(pk=value["secret_id"]).first()
    try:
        if secret is not None:
            return vault.reveal(secret)
    except vault.Unreadable:
        pass
    raise Unresolved(f"The secret for the header {name} is gone; set it again.")
