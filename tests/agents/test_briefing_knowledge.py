"""How much an answer gets to read is what the owner has set (contract rest.md §5, `rag`)."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from dashboard.agents.speaker import speaker_for
from dashboard.engine.turns import Excerpt
from dashboard.knowledge.ingest import ingest
from dashboard.providers.embeddings import built_in
from dashboard.workspaces.models import Workspace

from .told import version

MENU = "\n\n".join(f"# Coffee {n}\n\nCoffee of the harbour, kind {n}." for n in range(9))


def found(workspace: Workspace, query: str = "harbour coffee", **rag: Any) -> list[Excerpt]:
    document = workspace.documents.create(name="Menu", content=MENU)
    ingest(document)
    named = [{"type": "text", "name": "Menu", "id": document.pk}]
    library = speaker_for(version(workspace, knowledge_base=named, rag=rag)).speaker.library
    assert library
    return list(async_to_sync(library.find)(query))


def test_an_answer_reads_six_passages_unless_the_owner_says_otherwise(workspace: Workspace) -> None:
    assert len(found(workspace)) == 6
    assert len(found(workspace, max_retrieved_rag_chunks_count=2)) == 2
    assert len(found(workspace, max_retrieved_rag_chunks_count=20)) == 9


def test_the_passages_of_an_answer_are_not_longer_than_the_owner_wants(
    workspace: Workspace,
) -> None:
    one = len("Coffee of the harbour, kind 0.")

    short = found(workspace, max_documents_length=2 * one + 1)

    assert sum(len(excerpt.text) for excerpt in short) == 2 * one
    assert found(workspace, max_documents_length=one - 1) == []


@pytest.mark.skipif(built_in() is None, reason="distances take the extra `embeddings`")
def test_how_far_a_passage_may_be_is_the_owners_to_say(workspace: Workspace) -> None:
    question = "How do I repair a bicycle?"

    assert found(workspace, question) == []
    assert found(workspace, question, max_vector_distance=2) != []
