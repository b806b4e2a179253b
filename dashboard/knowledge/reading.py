"""Documents are read in the background: the row is the job, and a message only a nudge.

Short ones are read at once, so that a script that adds one and asks about it is answered.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import current_app
from django.db.models import F, Q
from django.utils import timezone

from dashboard.providers.embeddings import built_in

from .ingest import ingest
from .models import KnowledgeDocument
from .vectors import ChooseEmbedder

log = logging.getLogger(__name__)

READ = "dashboard.knowledge.tasks.read_document"
SHORT = 20_000  # characters; about a second's work
HELD_FOR = timedelta(minutes=2)  # renewed while a long one is read
FORGOTTEN_AFTER = timedelta(seconds=15)  # by then the queue should have brought it
MOST_ATTEMPTS = 3
GAVE_UP = "It could not be read. Change it, or add it again."


def begin(document: KnowledgeDocument, embedder: ChooseEmbedder = built_in) -> None:
    """Read what is due, now or soon. Called when the row is committed."""
    if document.is_folder or document.due_at is None:
        return
    if len(document.content) <= SHORT:
        read(document.pk, embedder)
        _follow(document)
    else:
        wake(document.pk)


def _follow(document: KnowledgeDocument) -> None:
    """The caller's copy is as the row is now; as it was, when the row was taken away since."""
    names = ("edition", "due_at", "attempts", "trouble")
    today = KnowledgeDocument.objects.filter(pk=document.pk).values(*names).first()
    for name, value in (today or {}).items():
        setattr(document, name, value)


def wake(document_id: str) -> None:
    """What does not get through, the next sweep finds."""
    try:
        current_app.send_task(READ, args=[document_id], retry=False)
    except Exception as error:  # whatever the broker's trouble is, the document is stored
        facts = {"document": document_id, "error": type(error).__name__}
        log.warning("no broker to wake the reading", extra=facts)


def read(document_id: str, embedder: ChooseEmbedder = built_in) -> bool:
    """Read a document that is due, unless somebody else is reading it."""
    this = KnowledgeDocument.objects.filter(pk=document_id)
    now = timezone.now()
    due = this.filter(due_at__lte=now)
    if due.filter(attempts__gte=MOST_ATTEMPTS).update(due_at=None, trouble=GAVE_UP):
        return False
    if not due.update(due_at=now + HELD_FOR, attempts=F("attempts") + 1):
        return False
    document = this.first()
    if document is None:
        return False

    def hold() -> None:
        this.filter(due_at__isnull=False).update(due_at=timezone.now() + HELD_FOR)

    try:
        done = ingest(document, embedder, hold)
    except Exception as error:
        # Its text may have odd corners that nobody has seen; the others must not wait behind it.
        facts = {"document": document_id, "error": type(error).__name__}
        log.exception("a document could not be read", extra=facts)
        this.update(due_at=timezone.now() + HELD_FOR)
        return False
    if not done:
        # It was read already as it stands now; unless it was changed meanwhile, and is due again.
        same = Q(name=document.name, content=document.content)
        this.filter(same).update(due_at=None, attempts=0, trouble="")
    return done


def remember(most: int = 25) -> list[str]:
    """Some that the queue has forgotten, each again only after a while."""
    late = timezone.now() - FORGOTTEN_AFTER
    overdue = KnowledgeDocument.objects.filter(due_at__lte=late).order_by("due_at")
    pks = list(overdue.values_list("pk", flat=True)[:most])
    KnowledgeDocument.objects.filter(pk__in=pks, due_at__lte=late).update(due_at=timezone.now())
    return pks
