"""Any JSON as text: whole numbers of any length and any depth, which the fast writers refuse."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any


def as_text(value: Any) -> str:
    """Never recurses, so that what was stored can be read; numbers that are none become null."""
    parts: list[str] = []
    open_: list[Iterator[tuple[str, Any]]] = [iter([("", value)])]
    ends = [""]
    while open_:
        found = next(open_[-1], None)
        if found is None:
            open_.pop()
            parts.append(ends.pop())
            continue
        lead, inner = found
        parts.append(lead)
        match inner:
            case Mapping():
                parts.append("{")
                open_.append(_pairs(inner))
                ends.append("}")
            case list() | tuple():
                parts.append("[")
                open_.append((", " if n else "", part) for n, part in enumerate(inner))
                ends.append("]")
            case float() if not math.isfinite(inner):
                parts.append("null")
            case _:
                parts.append(json.dumps(inner))
    return "".join(parts)


def _pairs(inner: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for n, (name, part) in enumerate(inner.items()):
        yield f"{', ' if n else ''}{json.dumps(str(name))}: ", part
