"""What is different between two JSON documents, place by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

DEEPEST = 64  # below this, values are compared as a whole


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
    objects = isinstance(before, Mapping) and isinstance(after, Mapping)
    if objects and len(path) < DEEPEST:
        for name in dict.fromkeys([*before, *after]):
            yield from changes(
                before.get(name, ABSENT), after.get(name, ABSENT), (*path, str(name))
            )
    elif not _same(before, after):
        yield Change(path, before, after)


def _same(before: Any, after: Any) -> bool:
    """JSON tells true from 1 and 1 from 1.0; an object's order means nothing."""
    if type(before) is not type(after):
        return False
    try:
        return _written(before) == _written(after)
    except orjson.JSONEncodeError:  # too deep, or a number beyond 64 bits
        pass
    try:
        return bool(before == after)
    except RecursionError:  # deeper than anybody will read; better one entry too many
        return False


def _written(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=repr)
