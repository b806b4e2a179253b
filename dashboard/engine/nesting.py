"""How deep a JSON value is nested: what is too deep breaks readers and writers further on."""

from __future__ import annotations

from typing import Any

DEEPEST = 64


def too_deep(value: Any, most: int = DEEPEST) -> bool:
    """Whether a parsed JSON value has more levels than anybody needs. Never recurses itself."""
    level = [value]
    for _ in range(most):
        level = [
            part
            for outer in level
            if isinstance(outer, dict | list)
            for part in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return any(isinstance(part, dict | list) for part in level)
