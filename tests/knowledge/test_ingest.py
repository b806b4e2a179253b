"""A document becomes passages, again whenever it or the model changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dashboard.knowledge.ingest import catch_up, ingest
from dashboard.knowledge.models import KnowledgeDocument
from dashboard.workspaces.models import Workspace

from .acting import Broken, Meanings

TEXT = "# Shipping\n\nWe ship on Mondays.\n\n## Norway\n\nIt takes four days."


@pytest.fixture
def document(workspace: Workspace) -> KnowledgeDocument:
    return workspace.documents.create(name="Shipping", content=TEXT)


def test_passages_are_stored_with_their_vectors(document: KnowledgeDocument) -> None:
    model = Meanings()

    assert ingest(document, lambda: model)

    first, second = document.passages.all()
    assert (first.number, first.heading, first.text) == (0, "", "We ship on Mondays.")
    assert (second.number, second.heading, second.embedded_by) == (1, "Norway", "meanings/5")
    assert np.linalg.norm(np.frombuffer(second.vector, "<f4")) == pytest.approx(1)
    assert model.asked[1] == "Shipping › Norway. It takes four days."


def test_a_document_that_has_not_changed_is_not_read_again(document: KnowledgeDocument) -> None:
    model = Meanings()
    ingest(document, lambda: model)
    model.asked.clear()

    assert not ingest(KnowledgeDocument.objects.get(pk=document.pk), lambda: model)

    assert model.asked == []


@pytest.mark.parametrize(
    "change",
    [
        lambda document: setattr(document, "content", "Only this is left."),
        lambda document: setattr(document, "name", "Post"),
    ],
)
def test_a_changed_document_is_read_again(
    document: KnowledgeDocument, change: Callable[[KnowledgeDocument], None]
) -> None:
    model = Meanings()
    ingest(document, lambda: model)
    before = set(document.passages.values_list("pk", flat=True))

    change(document)
    document.save()

    assert ingest(document, lambda: model)
    assert not before & set(document.passages.values_list("pk", flat=True))


def test_another_model_reads_the_document_again(document: KnowledgeDocument) -> None:
    ingest(document, Meanings)

    assert catch_up(lambda: Meanings("better/5")) == 1

    assert {passage.embedded_by for passage in document.passages.all()} == {"better/5"}
    assert catch_up(lambda: Meanings("better/5")) == 0


def test_without_a_model_the_words_are_stored_and_a_model_catches_up(
    document: KnowledgeDocument,
) -> None:
    ingest(document, lambda: None)
    assert [p.vector for p in document.passages.all()] == [None, None]

    assert catch_up(Meanings) == 1

    assert all(passage.vector for passage in document.passages.all())


def test_a_model_that_breaks_leaves_the_document_findable_by_words(
    document: KnowledgeDocument,
) -> None:
    assert ingest(document, Broken)

    assert [(p.vector, p.embedded_by) for p in document.passages.all()] == [(None, "")] * 2


def test_a_document_changed_while_it_was_read_keeps_its_passages(
    document: KnowledgeDocument,
) -> None:
    ingest(document, Meanings)
    KnowledgeDocument.objects.filter(pk=document.pk).update(content="Newer words.")
    document.content = "Words that were read too early."

    assert not ingest(document, Meanings)

    assert document.passages.first().text == "We ship on Mondays."
