"""What a question finds: by meaning first, by words where meaning cannot help."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest
from asgiref.sync import async_to_sync
from pytest_django import DjangoAssertNumQueries

from dashboard.engine.turns import Excerpt
from dashboard.knowledge.ingest import ingest
from dashboard.knowledge.models import KnowledgeDocument
from dashboard.knowledge.search import library_for
from dashboard.knowledge.vectors import say_once
from dashboard.workspaces.models import User, Workspace

from .acting import Broken, Meanings

SHIPPING = "# Shipping\n\nWe deliver in two days.\n\n## Norway\n\nOslo takes four days to deliver."
DOGS = "# Dogs\n\nYour dog may come in.\n\n## Codes\n\nArticle HS-0412 is a lead by Brandt."


@pytest.fixture
def documents(workspace: Workspace) -> list[KnowledgeDocument]:
    made = [
        workspace.documents.create(name="Shipping", content=SHIPPING),
        workspace.documents.create(name="Dogs", content=DOGS),
    ]
    for document in made:
        ingest(document, Meanings)
    return made


def found(
    workspace: Workspace, documents: Sequence[KnowledgeDocument], query: str, **how: object
) -> list[Excerpt]:
    how.setdefault("embedder", Meanings)
    library = library_for(workspace, [document.pk for document in documents], **how)
    assert library
    return list(async_to_sync(library.find)(query))


def titles(excerpts: Sequence[Excerpt]) -> list[str]:
    return [excerpt.title for excerpt in excerpts]


def test_the_nearest_passage_comes_first_and_strangers_do_not_count(
    workspace: Workspace, documents: list[KnowledgeDocument]
) -> None:
    excerpts = found(workspace, documents, "may my puppy come?")

    assert titles(excerpts) == ["Dogs", "Dogs › Codes"]
    assert excerpts[0].document_id == documents[1].pk
    assert excerpts[0].passage_id == str(documents[1].passages.get(number=0).pk)
    assert excerpts[0].text == "Your dog may come in."
    assert excerpts[0].distance == pytest.approx(0, abs=1e-6)


def test_nothing_is_found_for_what_no_document_says(
    workspace: Workspace, documents: list[KnowledgeDocument]
) -> None:
    assert found(workspace, documents, "how do I brew tea?") == []
    assert found(workspace, documents, "   ") == []


def test_only_as_many_as_wanted_are_found(
    workspace: Workspace, documents: list[KnowledgeDocument]
) -> None:
    excerpts = found(workspace, documents, "do you ship to Norway?", limit=1)

    assert titles(excerpts) == ["Shipping › Norway"]


def test_an_agent_may_ask_for_nearer_passages(
    workspace: Workspace, documents: list[KnowledgeDocument]
) -> None:
    question = "do you ship to Norway?"
    assert titles(found(workspace, documents, question)) == ["Shipping › Norway", "Shipping"]

    strict = found(workspace, documents, question, max_distance=0.1)

    assert titles(strict) == ["Shipping › Norway"]


def test_the_installation_says_what_is_near_enough(
    workspace: Workspace, documents: list[KnowledgeDocument], settings: object
) -> None:
    settings.KNOWLEDGE_MIN_CLOSENESS = 0.99  # type: ignore[attr-defined]  # pytest-django's

    assert titles(found(workspace, documents, "do you ship to Norway?")) == ["Shipping › Norway"]


@pytest.mark.parametrize(
    "query", ["HS-0412", "what is hs-0412?", 'where do you say "is a lead"?', "Who is Brandt?"]
)
def test_a_code_a_quote_or_an_unknown_name_leads_to_the_passage_that_has_it(
    workspace: Workspace, documents: list[KnowledgeDocument], query: str
) -> None:
    assert titles(found(workspace, documents, query))[0] == "Dogs › Codes"


def test_somebody_elses_documents_are_not_found(
    workspace: Workspace, documents: list[KnowledgeDocument], cleo: User
) -> None:
    elsewhere = cleo.memberships.get().workspace
    assert found(workspace, documents, "dogs")

    assert found(elsewhere, documents, "dogs") == []


def test_documents_that_were_not_named_are_not_found(
    workspace: Workspace, documents: list[KnowledgeDocument]
) -> None:
    assert found(workspace, documents[:1], "may my puppy come?") == []
    assert library_for(workspace, []) is None


def test_a_document_that_changes_is_found_as_it_is_now(
    workspace: Workspace, documents: list[KnowledgeDocument]
) -> None:
    library = library_for(workspace, [d.pk for d in documents], embedder=Meanings)
    assert library
    find = async_to_sync(library.find)
    assert find("dogs")[0].text == "Your dog may come in."

    documents[1].content = "No dogs, please."
    documents[1].save()
    ingest(documents[1], Meanings)
    assert [excerpt.text for excerpt in find("dogs")] == ["No dogs, please."]

    documents[1].delete()
    assert find("dogs") == []


def test_a_second_question_reads_no_passages(
    workspace: Workspace,
    documents: list[KnowledgeDocument],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    found(workspace, documents, "dogs")

    with django_assert_num_queries(1):
        assert found(workspace, documents, "may my puppy come?")


@pytest.mark.parametrize("embedder", [lambda: None, Broken, lambda: Meanings("newer/5")])
def test_without_usable_vectors_words_are_searched_and_the_log_says_so_once(
    workspace: Workspace,
    documents: list[KnowledgeDocument],
    embedder: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    say_once.cache_clear()

    with caplog.at_level(logging.WARNING):
        first = found(workspace, documents, "may my dog come in today?", embedder=embedder)
        again = found(workspace, documents, "take a train to Mongolia", embedder=embedder)

    assert titles(first)[0] == "Dogs"
    assert 0 < first[0].distance < 1
    assert again == []
    assert len(caplog.records) == 1
    assert "by keywords only" in caplog.text
    assert "today" not in caplog.text
