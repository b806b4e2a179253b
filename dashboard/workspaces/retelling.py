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
_MAPPED = {"properties", "data_collection", "path_params_schema"}  # names there are the owner's
_DEEPEST_VEILED = 200
_LOGIN = re.compile(r"(?<=://)[^/\s@?#]+@")
_IN_QUERY = re.compile(
    r"(?<=[?&;])((?:[\w.-]*(?:key|token|secret|passw|pwd|signature|credential)[\w.-]*"
    r"|sig|code|auth|jwt)=)[^&\s#]+",
    re.IGNORECASE,
)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def retold(path: Sequence[str], value: Any) -> Any:
    """The value that stands at this path; null where there is nothing."""
    if isinstance(value, Absent):
        return None
    names = _header_in(path)
    if names and len(path) == names + 1 and path[-1] in _POINTERS:
        return _pointed(value)
    if names and len(path) >= names:
        return _header_value(value) if len(path) == names else _masked(value)
    return _Retelling().tell(value, *_standing(path))


def readable(path: Sequence[str]) -> str:
    """A place by its names; what stands below a header's name may be part of its value."""
    names = _header_in(path) or len(path)
    below = [name if name in _POINTERS else MASK for name in path[names:]]
    return storable(".".join([*path[:names], *below]), 500)


def veiled(document: Any, depth: int = 0) -> Any:
    """An answer as it is, for somebody who may not see what its request headers send."""
    if depth > _DEEPEST_VEILED:  # nobody can send this
        return None if isinstance(document, Mapping | list) else document
    if isinstance(document, list):
        return [veiled(inner, depth + 1) for inner in document]
    if not isinstance(document, Mapping):
        return document
    told = dict(document)
    for name, inner in document.items():
        if name == "request_headers" and isinstance(inner, Mapping):
            told[name] = {header: _header_value(value) for header, value in inner.items()}
        elif name in _MAPPED and isinstance(inner, Mapping):
            told[name] = {own: veiled(value, depth + 2) for own, value in inner.items()}
        else:
            told[name] = veiled(inner, depth + 1)
    return told


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


def _header_in(path: Sequence[str]) -> int:
    """How many names lead to the first header on the way, its own included; 0 without one."""
    places = (place for place, name in enumerate(path[:-1]) if _HEADERS.search(name))
    return next(places, -2) + 2


def _header_value(value: Any) -> Any:
    """The name of a secret may be read; everything else is masked, whatever it is made of."""
    if isinstance(value, Mapping) and len(value) == 1 and set(value) <= _POINTERS:
        return {name: _pointed(inner) for name, inner in value.items()}
    return _masked(value)


def _pointed(named: Any) -> Any:
    return _plain(named) if isinstance(named, str) else _masked(named)


def _masked(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) or value == "" else MASK


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
            return {name: _pointed(inner) for name, inner in value.items()}
        if depth >= DEEPEST:
            return "…"
        told: dict[str, Any] = {}
        for name, inner in value.items():
            if self.parts_left <= 0:
                told["…"] = f"{len(value) - len(told)} more"
                break
            text = storable(str(name), 200)
            told[text] = (
                _header_value(inner)
                if holds_headers
                else self.tell(inner, *_within(str(name), hidden, False), depth + 1)
            )
        return told

    def _list(self, value: Any, hidden: bool, holds_headers: bool, depth: int) -> Any:
        if depth >= DEEPEST:
            return "…"
        told: list[Any] = []
        for inner in value:
            if self.parts_left <= 0:
                told.append(f"… {len(value) - len(told)} more")
                break
            if holds_headers:
                told.append(_header(inner) if isinstance(inner, Mapping) else _masked(inner))
            else:
                told.append(self.tell(inner, hidden, False, depth + 1))
        return told


def _header(header: Mapping[Any, Any]) -> Any:
    """`{"name": "X-Shop", "value": "…"}`: the name may be read."""
    if header.keys() <= _POINTERS and len(header) == 1:
        return _header_value(header)
    told: dict[str, Any] = {}
    for name, value in header.items():
        if name in _LABELS and isinstance(value, str):
            told[name] = _plain(value)
        elif name in _LABELS or name in _POINTERS or name == "value":
            told[name] = _header_value(value)
        else:
            told[MASK] = MASK
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
