"""JSON for requests, whatever a conversation holds: one odd value must not end all that follows."""

from __future__ import annotations

import json
from typing import Any

import orjson

from dashboard.engine.nesting import too_deep

_DEEPEST = 200  # levels; the fast writer gives up at 254
_TOO_DEEP = "(nested too deeply)"


def written(value: Any) -> bytes:
    """The value as JSON: halves of characters become ?, what is nested too deeply is left out."""
    try:
        return orjson.dumps(value)
    except TypeError:
        plain = json.dumps(_cut(value, _DEEPEST), ensure_ascii=False, default=str)
        return plain.encode("utf-8", "replace")


def _cut(value: Any, levels: int) -> Any:
    match value:
        case dict() | list() | tuple() if not levels:
            return _TOO_DEEP
        case dict():
            return {str(name): _cut(part, levels - 1) for name, part in value.items()}
        case list() | tuple():
            return [_cut(part, levels - 1) for part in value]
    return value


def as_value(text: str) -> Any:
    """The JSON value that a text is, where it is one that can be sent; else the text."""
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return text
    return text if too_deep(value) else value
