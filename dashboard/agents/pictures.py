"""Uploaded avatars: what is one, and its address, which is kept without the server's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard.providers.picture_kinds import picture_kind
from dashboard.workspaces import ids

from .models import Picture

LARGEST = 2 * 1024 * 1024  # bytes
_OURS = re.compile(
    rf"(?:https?://[^/?#]+)?(/v1/convai/agents/({ids.PATTERN})/avatar/({ids.PATTERN}))"
)
JSON = dict[str, Any]


class NotAPicture(ValueError):
    """Why an upload cannot be anybody's face; the text is for whoever sent it."""


class TooLarge(NotAPicture):
    """It may be a picture, but there is too much of it."""


def kind_of(content: bytes) -> str:
    """Its content type, whatever the client called it. Raises NotAPicture."""
    if len(content) > LARGEST:
        raise TooLarge(f"The picture is larger than {LARGEST // 1024 // 1024} MB.")
    kind = picture_kind(content)
    if kind is None:
        raise NotAPicture("The picture should be a PNG, JPEG, GIF or WebP file.")
    return kind


def path_of(picture: Picture) -> str:
    """Kept without a host: the server may get another name."""
    return f"/v1/convai/agents/{picture.agent_id}/avatar/{picture.pk}"


def seen_from(server: str, widget: Mapping[str, Any]) -> JSON:
    """Widget settings with the whole address of an uploaded picture."""
    url = _url(widget)
    if url is None or not url.startswith("/"):
        return dict(widget)
    return {**widget, "avatar": {**widget["avatar"], "url": server + url}}


def at_home(settings: Any, agent_id: str) -> Any:
    """Platform settings with the address of the agent's own picture as it is kept."""
    widget = settings.get("widget") if isinstance(settings, Mapping) else None
    ours = _OURS.fullmatch(_url(widget) or "")
    if widget is None or ours is None or ours[2] != agent_id:
        return settings
    return {**settings, "widget": {**widget, "avatar": {**widget["avatar"], "url": ours[1]}}}


def picture_id(settings: Any) -> str:
    """The picture that these settings show; empty when none of ours."""
    return picture_path(settings).rpartition("/")[2]


def picture_path(settings: Any) -> str:
    """Where it is on this server; empty when there is none of ours."""
    widget = settings.get("widget") if isinstance(settings, Mapping) else None
    ours = _OURS.fullmatch(_url(widget) or "")
    return ours[1] if ours else ""


def _url(widget: Any) -> str | None:
    avatar = widget.get("avatar") if isinstance(widget, Mapping) else None
    url = avatar.get("url") if isinstance(avatar, Mapping) else None
    return url if isinstance(url, str) else None
