"""A changed value as the audit log may have it: masked, storable by every database, and short."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Any

from .changes import Absent

MASK = "••••"
LONGEST = 2_000  # characters of one text
MOST_PARTS = 300  # of one value: its fields and items, on every level
DEEPEST = 12
_SECRET = re.compile(
    r"pass(word|phrase|wd)|secret(?!_ids?$)|token(?!s)|(access|auth|bearer|refresh)_?tokens"
    r"|(api|private|signing|encryption)[_-]?keys?|authorization|cookie|credential|signature"
    r"|bearer|^jwt$|^(otp|pin)$",
    re.IGNORECASE,
)
_HEADERS = re.compile(r"(^|_)headers?$", re.IGNORECASE)
# They name a secret, and are none; `request_headers: {"Authorization": {"secret_id": …}}`.
_POINTERS = {"secret_id", "variable_name", "env_var_label"}
_LABELS = {"name", "type", "key", "id"}  # of a header that is written as an object in a list
_LOGIN = re.compile(r"(?<=://)[^/\s@?#]+@")
_IN_QUERY = re.compile(
    r"(?<=[?&;])([\w.-]*(?:key|token|secret|password|signature)[\w.-]*=)[^&\s#]+", re.IGNORECASE
)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def retold(path: Sequence[str], value: Any) -> Any:
    """The value that stands at this path; null where there is nothing."""
    if isinstance(value, Absent):
        return None
    return _Retelling().tell(value, *_standing(path))


def storable(text: str, longest: int = LONGEST) -> str:
    """Without what PostgreSQL refuses, and with an end."""
    text = _UNSTORABLE.sub("�", text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _standing(path: Sequence[str]) -> tuple[bool, bool]:
    """Whether the place is secret by a name above it, and whether it holds headers by name."""
    hidden = holds_headers = False
    for name in path:
        was_headers = holds_headers
        hidden, holds_headers = _within(name, hidden, holds_headers)
        if name in _POINTERS and not was_headers:
            hidden = False
    return hidden, holds_headers


def _within(name: str, hidden: bool, holds_headers: bool) -> tuple[bool, bool]:
    return (
        hidden or holds_headers or bool(_SECRET.search(name)),
        bool(_HEADERS.search(name)) and not holds_headers,
    )


class _Retelling:
    """Copies one value; what is left of its length is shared by all of its parts."""

    def __init__(self) -> None:
        self.parts_left = MOST_PARTS

    def tell(self, value: Any, hidden: bool, holds_headers: bool, depth: int = 0) -> Any:
        self.parts_left -= 1
        match value:
            case None | bool():
                return value
            case Mapping():
                return self._object(value, hidden, holds_headers, depth)
            case list() | tuple() | Set():
                return self._list(value, hidden, holds_headers, depth)
            case _ if hidden or holds_headers:
                return MASK if value != "" else ""
        return _plain(value)

    def _object(
        self, value: Mapping[Any, Any], hidden: bool, holds_headers: bool, depth: int
    ) -> Any:
        if not holds_headers and set(value) <= _POINTERS and len(value) == 1:
            return {name: _plain(inner) for name, inner in value.items()}
        if depth >= DEEPEST:
            return "…"
        told: dict[str, Any] = {}
        for name, inner in value.items():
            if self.parts_left <= 0:
                told["…"] = f"{len(value) - len(told)} more"
                break
            text = storable(str(name), 200)
            told[text] = self.tell(inner, *_within(str(name), hidden, holds_headers), depth + 1)
        return told

    def _list(self, value: Any, hidden: bool, holds_headers: bool, depth: int) -> Any:
        if depth >= DEEPEST:
            return "…"
        told: list[Any] = []
        for inner in value:
            if self.parts_left <= 0:
                told.append(f"… {len(value) - len(told)} more")
                break
            if holds_headers and isinstance(inner, Mapping):
                told.append(self._header(inner, depth + 1))
            else:
                told.append(self.tell(inner, hidden or holds_headers, False, depth + 1))
        return told

    def _header(self, header: Mapping[Any, Any], depth: int) -> Any:
        """`{"name": "X-Shop", "value": "…"}`: the name may be read."""
        told = self._object(header, True, False, depth)
        if isinstance(told, dict):
            told |= {
                name: _plain(value)
                for name, value in header.items()
                if name in _LABELS and name in told and isinstance(value, str)
            }
        return told


def _plain(value: Any) -> Any:
    match value:
        case str():
            return storable(_IN_QUERY.sub(rf"\1{MASK}", _LOGIN.sub(f"{MASK}@", value)))
        case int():
            return value if abs(value) < 2**63 else "(a huge number)"
        case float():
            return value if math.isfinite(value) else str(value)
        case date():
            return value.isoformat()
    return f"({type(value).__name__})"  # nobody knows what its text would show
