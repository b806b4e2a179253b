"""What members who may only read see of documents: names stay, what lets somebody in is masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.workspaces.retelling import retold, veiled

_DEEPEST = 100
_NAMED = ("constant_value", "value", "default")  # what a parameter is sent with, whatever is asked


def readable(document: Mapping[str, Any]) -> dict[str, Any]:
    """A tool's document without what its headers, addresses and fixed parameters give away."""
    told: dict[str, Any] = _told(veiled(document), "", "", 0)
    return told


def address(url: str) -> str:
    """An address without its login, and without the keys in its query."""
    return str(retold(("url",), url))


def _told(value: Any, name: str, above: str, depth: int) -> Any:
    if depth > _DEEPEST:  # nobody can save this
        return None
    match value:
        case Mapping():
            return {key: _told(inner, str(key), name, depth + 1) for key, inner in value.items()}
        case list():
            return [_told(inner, name, above, depth + 1) for inner in value]
        case str() | int() | float() if name in _NAMED and not isinstance(value, bool):
            return retold((above,), value)
        case str() if above == "dynamic_variable_placeholders":
            return retold((name,), value)
        case str() if "://" in value:
            return address(value)
    return value
