"""Stand-ins for a model that turns texts into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.providers.embeddings import Unavailable

if TYPE_CHECKING:
    from dashboard.providers.embeddings import Vectors

# Words of one meaning share an axis; the last axis keeps every vector longer than nothing.
MEANINGS = (("ship", "deliver", "send"), ("dog", "puppy"), ("brew", "pour"), ("norway", "oslo"))


class Meanings:
    """Knows a few meanings, and counts what it was asked."""

    def __init__(self, name: str = "meanings/5") -> None:
        self.name = name
        self.asked: list[str] = []

    def is_word(self, word: str) -> bool:
        return word != "brandt"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        rows = np.array([self._row(text.lower()) for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def _row(self, text: str) -> list[float]:
        return [*(float(any(word in text for word in words)) for words in MEANINGS), 0.3]


class Broken:
    """Says at the first text that it cannot work."""

    name = "broken/5"

    def is_word(self, word: str) -> bool:
        return True

    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise Unavailable("the model file is broken")
