"""Find documents by the words in them, and say where the words stand."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum
from django.db.models.functions import Length

from .models import DocumentQuerySet, KnowledgeDocument, Passage

MOST_WORDS = 8
PAGE = 2_000  # characters: about 330 words, a printed page
_AROUND = 120  # characters


def words_of(query: str) -> list[str]:
    return list(dict.fromkeys(query.casefold().split()))[:MOST_WORDS]


def holding(documents: DocumentQuerySet, query: str) -> DocumentQuerySet:
    """Those whose name has the query in it, or one of whose passages has all of its words."""
    inside = Passage.objects.filter(document=OuterRef("pk"))
    for word in words_of(query):
        inside = inside.filter(text__icontains=word)
    return documents.filter(Q(name__icontains=query.strip()) | Exists(inside))


def snippet(document: KnowledgeDocument, query: str) -> tuple[list[dict[str, Any]], float]:
    """A piece of its text, hits marked, and how much of the query is in it (0 to 1)."""
    words = words_of(query)
    passages = document.passages.all()
    for word in words:
        passages = passages.filter(text__icontains=word)
    passage = passages.first()
    text = passage.text if passage else ""
    hit = re.compile("|".join(re.escape(word) for word in words) or r"(?!)", re.IGNORECASE)
    found = hit.search(text)
    if found:
        text = text[max(0, found.start() - _AROUND) : found.end() + _AROUND]
    named = query.strip().casefold() in document.name.casefold()
    return _marked(text[: 4 * _AROUND], hit), (0.5 if found else 0.0) + (0.5 if named else 0.0)


def pages_of(documents: DocumentQuerySet) -> float:
    """How many printed pages all of this would be."""
    characters = documents.aggregate(all=Sum(Length("content")))["all"] or 0
    return round(characters / PAGE, 2)


def _marked(text: str, hit: re.Pattern[str]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    end = 0
    for match in hit.finditer(text):
        if match.start() > end:
            parts.append({"value": text[end : match.start()], "is_hit": False})
        parts.append({"value": match.group(), "is_hit": True})
        end = match.end()
    if end < len(text):
        parts.append({"value": text[end:], "is_hit": False})
    return parts
