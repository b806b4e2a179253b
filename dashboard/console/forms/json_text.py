"""JSON that somebody typed: only what every database and every page can hold is let in."""

from __future__ import annotations

import json
import re
from typing import Any

DEEPEST = 64
_UNFIT = re.compile("[\0\ud800-\udfff]")
HALVES = "This holds a NUL or half of a character (such as \\ud800), which cannot be kept."
TOO_DEEP = "This is nested too deeply, or holds a number that is too long."


class NotJson(ValueError):
    """The text says why, in words for the one who typed."""


def parsed(text: str) -> Any:
    """Raises NotJson."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"This is not JSON: line {error.lineno}, {error.msg}.") from None
    except (RecursionError, ValueError):
        raise NotJson(TOO_DEEP) from None
    _check(found, DEEPEST)
    return found


def is_fit(text: str) -> bool:
    """Whether a text can be kept and shown."""
    return not _UNFIT.search(text)


def shown(text: str) -> str:
    """A text as a page can show it again."""
    return _UNFIT.sub("�", text)


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if not is_fit(value):
            raise NotJson(HALVES)
        return
    if not isinstance(value, dict | list):
        return
    if not depth:
        raise NotJson(TOO_DEEP)
    inside = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    for part in inside:
        _check(part, depth - 1)
