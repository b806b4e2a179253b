"""Read a document: cut it into passages, embed them, and put them in the place of the old ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from asgiref.sync import async_to_sync
from django.db import transaction

from dashboard.providers.embeddings import Embedder, built_in

from .models import Kind, KnowledgeDocument, Passage
from .passages import Piece, cut, title
from .vectors import ChooseEmbedder, vectors_of

if TYPE_CHECKING:
    from dashboard.providers.embeddings import Vectors

_SLICE = 64  # passages
_CUT = "1"  # counts up when passages are cut in another way, so that documents are read again


def ingest(
    document: KnowledgeDocument,
    embedder: ChooseEmbedder = built_in,
    between: Callable[[], object] = lambda: None,
) -> bool:
    """Make the document findable. False when it is already, as it stands and with this model.

    `between` is called again and again while a long one is read.
    """
    chosen = embedder()
    if document.edition == _edition(document, chosen):
        return False
    pieces = cut(document.content)
    # The headings are embedded too: "It takes two days" says little without them.
    texts = [f"{title(document.name, piece.heading)}. {piece.text}" for piece in pieces]
    vectors = _embedded(texts, chosen, between)
    document.edition = _edition(document, None if vectors is None else chosen)
    return _stored(document, _passages(document, pieces, vectors, chosen))


def catch_up(embedder: ChooseEmbedder = built_in) -> int:
    """Read again what was read with another model, as after an upgrade; how many there were."""
    chosen = embedder()
    current = {"edition__startswith": f"{_CUT}:", "edition__endswith": f":{_model(chosen)}"}
    # What is due is read by whoever works in the background.
    read = KnowledgeDocument.objects.exclude(kind=Kind.FOLDER).filter(due_at=None, trouble="")
    outdated = read.exclude(**current).order_by("pk").values_list("pk", flat=True)
    documents = (KnowledgeDocument.objects.filter(pk=pk).first() for pk in list(outdated))
    return sum(ingest(document, lambda: chosen) for document in documents if document)


def _embedded(
    texts: Sequence[str], embedder: Embedder | None, between: Callable[[], object]
) -> Vectors | None:
    """A slice at a time, so that a book does not hold everything else up."""
    if len(texts) <= _SLICE:
        return async_to_sync(vectors_of)(texts, embedder)
    import numpy as np

    parts = []
    for start in range(0, len(texts), _SLICE):
        vectors = async_to_sync(vectors_of)(texts[start : start + _SLICE], embedder)
        if vectors is None:
            return None
        parts.append(vectors)
        between()
    return np.concatenate(parts)


def _stored(document: KnowledgeDocument, passages: Sequence[Passage]) -> bool:
    """Old passages out, new ones in; nothing when somebody changed the document meanwhile."""
    same = KnowledgeDocument.objects.filter(
        pk=document.pk, name=document.name, content=document.content
    )
    with transaction.atomic():
        # The update also locks the row, so that two readers do not mix their passages.
        if not same.update(edition=document.edition, due_at=None, attempts=0, trouble=""):
            return False
        document.passages.all().delete()
        Passage.objects.bulk_create(passages, batch_size=200)
    document.due_at, document.attempts, document.trouble = None, 0, ""
    return True


def _passages(
    document: KnowledgeDocument,
    pieces: Sequence[Piece],
    vectors: Vectors | None,
    embedder: Embedder | None,
) -> list[Passage]:
    made_by = embedder.name if embedder and vectors is not None else ""
    return [
        Passage(
            document=document,
            number=number,
            heading=piece.heading,
            text=piece.text,
            vector=None if vectors is None else vectors[number].astype("<f4").tobytes(),
            embedded_by=made_by,
        )
        for number, piece in enumerate(pieces)
    ]


def _edition(document: KnowledgeDocument, embedder: Embedder | None) -> str:
    read = hashlib.sha256(f"{document.name}\n{document.content}".encode()).hexdigest()
    return f"{_CUT}:{read}:{_model(embedder)}"


def _model(embedder: Embedder | None) -> str:
    return embedder.name if embedder else "words"
