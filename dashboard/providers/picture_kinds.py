"""What a picture begins with. No SVG: it can carry script."""

from __future__ import annotations

import re

_KINDS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
)


def picture_kind(content: bytes) -> str | None:
    """Its content type, whatever it calls itself; None for what no page should show."""
    return next((name for start, name in _KINDS if start.match(content)), None)
