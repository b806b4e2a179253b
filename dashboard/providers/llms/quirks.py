"""What one model at one address cannot take, learnt from its refusals: each costs one request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from functools import lru_cache

from dashboard.engine.ports import Piece

from .backend import Backend
from .refusals import BadRequest

Quirks = frozenset[str]
Attempt = Callable[[Quirks], AsyncGenerator[Piece, None]]


@lru_cache(maxsize=512)
def _learnt(url: str, model: str) -> set[str]:
    return set()


async def adapting(
    backend: Backend, fields: Collection[str], attempt: Attempt
) -> AsyncGenerator[Piece, None]:
    """Try; when the server complains about one of the fields, try again with it as a quirk.

    A quirk is remembered once a request went well with it.
    """
    known = _learnt(backend.url, backend.model)
    quirks = frozenset(known)
    while True:
        try:
            async with aclosing(attempt(quirks)) as pieces:
                async for piece in pieces:
                    yield piece
            known.update(quirks)
            return
        except BadRequest as refusal:
            blamed = next((f for f in fields if f not in quirks and f in refusal.complaint), None)
            if blamed is None:
                raise
            quirks |= {blamed}
