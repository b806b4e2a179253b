"""What one model at one address cannot take, learnt from its refusals: each costs one request."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from functools import lru_cache

from dashboard.engine.ports import Piece

from .backend import Backend
from .refusals import BadRequest

Quirks = frozenset[str]
BLIND = "image"  # the quirk of a model that looks at no pictures
_PICTURES = re.compile(r"image|vision|multi-?modal", re.IGNORECASE)
Attempt = Callable[[Quirks], AsyncGenerator[Piece, None]]


@lru_cache(maxsize=512)
def _learnt(url: str, model: str) -> set[str]:
    return set()


async def adapting(
    backend: Backend, fields: Collection[str], attempt: Attempt, *, pictures: bool = False
) -> AsyncGenerator[Piece, None]:
    """Try; when the server complains about one of the fields, try again with it as a quirk.

    A quirk is remembered once a request went well with it. With `pictures`, a complaint about
    nothing known costs one more try without them; it is remembered if it spoke of images.
    """
    known = _learnt(backend.url, backend.model)
    quirks = frozenset(known)
    learnt: set[str] = set()
    while True:
        try:
            async with aclosing(attempt(quirks)) as pieces:
                async for piece in pieces:
                    yield piece
            known.update(learnt)
            return
        except BadRequest as refusal:
            blamed = next((f for f in fields if f not in quirks and f in refusal.complaint), None)
            blind = bool(_PICTURES.search(refusal.complaint))
            if blamed is None and pictures and BLIND not in quirks:
                blamed = BLIND
            if blamed is None:
                raise
            quirks |= {blamed}
            learnt |= {blamed} if blamed != BLIND or blind else set()
