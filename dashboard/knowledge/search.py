"""Which passages answer a question: by meaning; by words where meaning cannot help."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import Q

from dashboard.engine.ports import Library
from dashboard.engine.turns import Excerpt
from dashboard.providers.embeddings import Embedder, built_in
from dashboard.providers.keywords import Keywords
from dashboard.workspaces.models import Workspace

from .models import DocumentQuerySet, Kind, Passage, folders_within
from .passages import title
from .vectors import ChooseEmbedder, say_once, vectors_of

if TYPE_CHECKING:
    from dashboard.providers.embeddings import Vectors

# A passage with the very code, quote or name of the question is nearer than its vector says.
EXACT_BONUS = 0.4
# Without vectors: which part of the question's words, weighed by rarity, a passage must have.
LEAST_SHARE = 0.3
_SETS_KEPT = 16  # document sets in memory; 10,000 passages are 15 MB of vectors and their texts


def library_for(
    workspace: Workspace,
    document_ids: Sequence[str],
    *,
    max_distance: float | None = None,
    limit: int = 6,
    most_characters: int | None = None,
    embedder: ChooseEmbedder = built_in,
) -> Library | None:
    """What may be asked about these documents of the workspace; None when there are none.

    A folder stands for all that is in it. Documents of somebody else are not found, as if they
    did not exist; those that nobody has read yet are not found yet. `max_distance`: farther
    passages do not count; unset, the installation's KNOWLEDGE_MIN_CLOSENESS decides.
    `limit` and `most_characters`: how much one answer gets to read.
    """
    if not document_ids:
        return None
    if max_distance is None:
        max_distance = 1 - settings.KNOWLEDGE_MIN_CLOSENESS
    ids = tuple(sorted(set(document_ids)))
    return _Documents(workspace.pk, ids, max_distance, limit, most_characters, embedder)


@dataclass(frozen=True)
class _Documents:
    workspace_id: str
    ids: tuple[str, ...]
    max_distance: float
    limit: int
    most_characters: int | None
    embedder: ChooseEmbedder

    async def find(self, query: str) -> Sequence[Excerpt]:
        # Looked up at each question, so that a document changed meanwhile answers as it is now.
        shelf = await sync_to_async(_shelf)(self.workspace_id, self.ids)
        if not shelf.excerpts or not query.strip():
            return []
        embedder = self.embedder()
        vectors = await vectors_of([query], embedder)
        # Off the loop: a large library takes milliseconds, and others are talking.
        return await asyncio.to_thread(self._nearest, shelf, query, embedder, vectors)

    def _nearest(
        self, shelf: Shelf, query: str, embedder: Embedder | None, vectors: Vectors | None
    ) -> list[Excerpt]:
        matrix = shelf.matrix(embedder.name) if embedder and vectors is not None else None
        if embedder is None or vectors is None or matrix is None:
            near, least = shelf.keywords.share(query), LEAST_SHARE
            order = shelf.keywords.bm25(query)
        else:
            exact = shelf.keywords.exact(query, embedder.is_word)
            means = (matrix @ vectors[0]).tolist()
            near = [min(1.0, mean + EXACT_BONUS * x) for mean, x in zip(means, exact, strict=True)]
            order, least = near, 1 - self.max_distance
        best = sorted(range(len(near)), key=lambda at: order[at], reverse=True)
        found = [at for at in best if near[at] >= least][: self.limit]
        return self._short([shelf.excerpt(at, 1 - near[at]) for at in found])

    def _short(self, found: list[Excerpt]) -> list[Excerpt]:
        """The nearest ones that may be read together."""
        left = self.most_characters
        if left is None:
            return found
        short = []
        for excerpt in found:
            left -= len(excerpt.text)
            if left < 0:
                break
            short.append(excerpt)
        return short


class Shelf:
    """The passages of some documents in memory, as they were at one edition."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.excerpts = [
            Excerpt(p.document_id, str(p.pk), title(p.document.name, p.heading), p.text, 1.0)
            for p in passages
        ]
        self._vectors = [bytes(p.vector) if p.vector else b"" for p in passages]
        self._made_by = {p.embedded_by for p in passages}
        self._matrix: Vectors | None = None
        self._stacking = threading.Lock()

    @cached_property
    def keywords(self) -> Keywords:
        return Keywords([f"{excerpt.title}. {excerpt.text}" for excerpt in self.excerpts])

    def matrix(self, name: str) -> Vectors | None:
        """The vectors of this model; None when some passage has none of them."""
        import numpy as np

        if self._made_by != {name}:
            say_once("some documents were read with another model, or with none; read them again")
            return None
        with self._stacking:
            if self._matrix is None:
                rows = np.frombuffer(b"".join(self._vectors), "<f4")
                self._matrix = rows.reshape(len(self.excerpts), -1)
                self._vectors = []
        return self._matrix

    def excerpt(self, at: int, distance: float) -> Excerpt:
        this = self.excerpts[at]
        return Excerpt(this.document_id, this.passage_id, this.title, this.text, distance)


def known_by(workspace: Workspace, ids: Sequence[str]) -> DocumentQuerySet:
    """The documents with these ids, and those in the folders with these ids, at any depth."""
    named = workspace.documents.filter(pk__in=ids)
    folders = list(named.filter(kind=Kind.FOLDER).values_list("pk", flat=True))
    if not folders:
        return named
    within = Q(parent__in=[*folders, *folders_within(folders)])
    return workspace.documents.filter(Q(pk__in=ids) | within).exclude(kind=Kind.FOLDER)


_Edition = tuple[tuple[str, str, str], ...]
_shelves: OrderedDict[tuple[str, tuple[str, ...]], tuple[_Edition, Shelf]] = OrderedDict()
_tidying = threading.Lock()


def _shelf(workspace_id: str, ids: tuple[str, ...]) -> Shelf:
    """From memory, unless a document came, went or was read anew."""
    workspace = Workspace(pk=workspace_id)
    documents = workspace.documents.filter(pk__in=ids)
    named = list(documents.order_by("pk").values_list("pk", "name", "edition", "kind"))
    if any(row[3] == Kind.FOLDER for row in named):
        documents = known_by(workspace, ids)
        named = list(documents.order_by("pk").values_list("pk", "name", "edition", "kind"))
    edition = tuple(row[:3] for row in named if row[2])
    with _tidying:
        kept = _shelves.get((workspace_id, ids))
        if kept and kept[0] == edition:
            _shelves.move_to_end((workspace_id, ids))
            return kept[1]
    passages = Passage.objects.filter(document__in=documents.exclude(edition="")).select_related(
        "document"
    )
    shelf = Shelf(list(passages.defer("document__content").order_by("document_id", "number")))
    with _tidying:
        _shelves[workspace_id, ids] = (edition, shelf)
        while len(_shelves) > _SETS_KEPT:
            _shelves.popitem(last=False)
    return shelf
