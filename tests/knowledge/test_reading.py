"""Documents are read in the background, once each, and never forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.knowledge import keeping, reading
from dashboard.knowledge.keeping import Shelf
from dashboard.knowledge.models import KnowledgeDocument, State
from dashboard.knowledge.reading import FORGOTTEN_AFTER, GAVE_UP, SHORT, read, remember
from dashboard.knowledge.search import library_for
from dashboard.knowledge.sources import from_text
from dashboard.workspaces.models import User, Workspace

from .acting import Meanings

pytestmark = pytest.mark.both_profiles

LONG = "We ship to Norway on Mondays. " * (SHORT // 8)


class Exploding(Meanings):
    def is_word(self, word: str) -> bool:
        return True

    async def embed(self, texts: object) -> object:  # type: ignore[override]
        raise RuntimeError("an odd corner")


@pytest.fixture
def long(workspace: Workspace, ada: User) -> KnowledgeDocument:
    return keeping.add(workspace, ada, from_text(LONG), embedder=Meanings)


def test_a_short_one_is_read_at_once(workspace: Workspace, ada: User) -> None:
    short = keeping.add(workspace, ada, from_text("We ship."), embedder=Meanings)

    assert (short.state, short.passages.count()) == (State.READY, 1)


def test_a_long_one_is_kept_first_and_read_later(long: KnowledgeDocument) -> None:
    assert (long.state, long.passages.count()) == (State.READING, 0)

    assert read(long.pk, Meanings)

    long.refresh_from_db()
    assert (long.state, long.due_at) == (State.READY, None)
    assert long.passages.count() > 100


def test_nobody_reads_what_another_reads(long: KnowledgeDocument) -> None:
    held = timezone.now() + timedelta(minutes=1)
    KnowledgeDocument.objects.filter(pk=long.pk).update(due_at=held)

    assert not read(long.pk, Meanings)


def test_what_the_queue_forgot_is_found_once(long: KnowledgeDocument) -> None:
    assert remember() == []
    late = timezone.now() - FORGOTTEN_AFTER - timedelta(seconds=1)
    KnowledgeDocument.objects.filter(pk=long.pk).update(due_at=late)

    assert remember() == [long.pk]
    assert remember() == []


def test_what_cannot_be_read_is_given_up_with_a_reason(long: KnowledgeDocument) -> None:
    for _ in range(reading.MOST_ATTEMPTS):
        assert not read(long.pk, lambda: Exploding())
        KnowledgeDocument.objects.filter(pk=long.pk).update(due_at=timezone.now())

    assert not read(long.pk, Meanings)

    long.refresh_from_db()
    assert (long.state, long.trouble) == (State.FAILED, GAVE_UP)


def test_a_change_makes_a_failed_one_new(long: KnowledgeDocument, ada: User) -> None:
    KnowledgeDocument.objects.filter(pk=long.pk).update(trouble=GAVE_UP, due_at=None)

    changed = keeping.change(long, ada, content="Short now.", embedder=Meanings)

    assert changed.state == State.READY


async def _found(workspace: Workspace, *ids: str) -> list[str]:
    library = library_for(workspace, ids, embedder=Meanings, max_distance=1.0)
    return [] if library is None else [one.text for one in await library.find("shipping norway")]


@pytest.mark.django_db(transaction=True)
async def test_a_folder_stands_for_what_is_in_it(workspace: Workspace, ada: User) -> None:
    from asgiref.sync import sync_to_async

    def fill() -> tuple[str, str]:
        folder = keeping.add_folder(workspace, ada, Shelf("Shop"))
        inner = keeping.add_folder(workspace, ada, Shelf("Inner", folder))
        text = from_text("We ship to Norway.")
        keeping.add(workspace, ada, text, Shelf("Post", inner), embedder=Meanings)
        unread = keeping.add(workspace, ada, from_text(LONG), Shelf("Long", inner))
        return folder.pk, unread.pk

    folder, unread = await sync_to_async(fill)()

    assert await _found(workspace, folder) == ["We ship to Norway."]
    assert await _found(workspace, unread) == []
