"""What is different between two JSON documents, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One place that differs; `ABSENT` where there was, or is, nothing."""

    path: tuple[str, ...]
    before: Any
    after: Any


class Absent:
    """No value at all, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


def changes(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Change]:
    """Objects are compared key by key, in order; everything else as a whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            yield from changes(
                before.get(name, ABSENT), after.get(name, ABSENT), (*path, str(name))
            )
    elif type(before) is not type(after) or before != after:
        yield Change(path, before, after)
