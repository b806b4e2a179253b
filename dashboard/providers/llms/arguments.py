"""What a model wants to call a tool with: kept only if it breaks nothing that reads it later."""

from __future__ import annotations

from typing import Any

import orjson

from dashboard.engine.nesting import too_deep
from dashboard.engine.turns import ToolCall

from .sse import TooLong

MOST_WRITTEN = 256 * 1024  # characters of one call's arguments
MOST_CALLS = 64  # in one answer
_LONGEST_NAME = 200
_MOST_GARBLED = 2000  # characters that are kept of arguments that are none


def called(call_id: str, name: str, raw: str) -> ToolCall:
    """A call from its arguments as text; what is no sound JSON object is kept as garbled."""
    try:
        arguments = orjson.loads(raw) if raw.strip() else {}
        if isinstance(arguments, str):  # some servers encode twice
            arguments = orjson.loads(arguments)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        arguments = None
    if isinstance(arguments, dict) and _sound(arguments):
        return ToolCall(sayable(call_id), sayable(name), arguments)
    return ToolCall(sayable(call_id), sayable(name), garbled=_shortened(raw))


def made(call_id: str, name: str, arguments: Any) -> ToolCall:
    """A call whose arguments came as a value. Raises TooLong."""
    try:
        raw = orjson.dumps({} if arguments is None else arguments).decode()
    except TypeError:  # too deep, or halves of characters
        raw = "not JSON"
    return called(call_id, name, grown("", raw))


def grown(raw: str, more: str) -> str:
    """Arguments that are still coming. Raises TooLong."""
    if len(raw) + len(more) > MOST_WRITTEN:
        raise TooLong
    return raw + more


def sayable(name: Any) -> str:
    """An id or a name as a text that can be stored and sent."""
    return unbroken(str(name))[:_LONGEST_NAME]


def unbroken(text: str) -> str:
    """Without zero bytes, which no database takes, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _sound(value: Any) -> bool:
    return not too_deep(value) and _storable(value)


def _storable(value: Any) -> bool:
    match value:
        case str():
            return "\0" not in value
        case dict():
            return all(_storable(part) for pair in value.items() for part in pair)
        case list():
            return all(map(_storable, value))
        case float():
            # The reader makes such a number of a longer whole one, which was an id, say.
            return -(2**63) < value < 2**64
        case int():
            return -(2**63) <= value < 2**64
    return True


def _shortened(raw: str) -> str:
    """A model repeats no more of its mistake than tells what it was."""
    plain = unbroken(raw)
    return plain if len(plain) <= _MOST_GARBLED else f"{plain[:_MOST_GARBLED]} [cut here]"
