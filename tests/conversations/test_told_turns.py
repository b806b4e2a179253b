"""Turns as clients read them: what the page told, files, thumbs, interruptions, times."""

from __future__ import annotations

from elevenlabs.types import GetConversationResponseModel

from dashboard.conversations.documents import conversation_document
from dashboard.conversations.models import StoredTurn, Thumb
from dashboard.engine.turns import (
    Attachment,
    Excerpt,
    Role,
    Turn,
    Usage,
    agent,
    told_by_page,
    visitor,
)
from dashboard.engine.waterfall import QUEUE, RETRIEVAL
from dashboard.workspaces.models import User, Workspace

from .visits import agent_of, visit

CUP = Attachment("file_1", "cup.png", "image/png")
PAPER = Attachment("file_2", "paper.pdf", "application/pdf")


def test_what_the_page_told_says_whether_it_still_holds(workspace: Workspace, ada: User) -> None:
    turns = (
        told_by_page("1 item", "cart"),
        visitor("How many?"),
        told_by_page("3 items", "cart"),
        told_by_page("An account."),
    )

    told = conversation_document(visit(agent_of(workspace, ada), turns))

    updates = [turn["contextual_update_info"] for turn in told["transcript"]]
    assert updates == [
        {"context_id": "cart", "is_superseded": True},
        None,
        {"context_id": "cart", "is_superseded": False},
        {"context_id": "", "is_superseded": False},
    ]
    assert told["transcript"][0]["message"] == "1 item"
    assert told["user_message_count"] == 1


def test_files_stand_with_their_message(workspace: Workspace, ada: User) -> None:
    turns = (visitor("Look.", [CUP, PAPER]), Turn(Role.VISITOR, files=(CUP,)), visitor("Well?"))

    talk = visit(agent_of(workspace, ada), turns)
    told = conversation_document(talk)["transcript"]

    assert [file["file_id"] for file in told[0]["file_inputs"]] == ["file_1", "file_2"]
    assert told[0]["file_input"] == {
        "file_id": "file_1",
        "original_filename": "cup.png",
        "mime_type": "image/png",
        "file_url": f"/conversations/{talk.pk}/files/file_1/",
    }
    assert [turn["source_medium"] for turn in told] == ["text", "image", "text"]
    assert (told[2]["file_input"], told[2]["file_inputs"]) == (None, [])


def test_an_answer_has_its_thumb_its_number_and_what_it_was(
    workspace: Workspace, ada: User
) -> None:
    talk = visit(agent_of(workspace, ada), (agent("Hi!"), Turn(Role.AGENT, "We", interrupted=True)))
    talk.turns.filter(number=1).update(thumb=Thumb.UP, thumb_at=12.7, event_id=4)

    first, second = conversation_document(talk)["transcript"]

    assert first["feedback"] == {"score": "like", "time_in_call_secs": 12}
    assert (first["source_event_id"], first["original_message"]) == (4, None)
    assert second["feedback"] is None
    assert (second["interrupted"], second["original_message"]) == (True, "We")


def test_times_are_told_by_name_and_the_search_by_its_own(workspace: Workspace, ada: User) -> None:
    source = Excerpt("doc_1", "p1", "Hours", "Nine.", 0.1)
    talk = visit(agent_of(workspace, ada), (visitor("Hours?"), Turn(Role.AGENT, "Nine.")))
    StoredTurn.objects.filter(conversation=talk, number=2).update(
        metrics={QUEUE: 1.5, RETRIEVAL: 0.25}, sources=[vars(source)]
    )

    told = conversation_document(talk)["transcript"][1]

    metrics = told["conversation_turn_metrics"]["metrics"]
    assert metrics["parley_queue"] == {"elapsed_time": 1.5}
    assert told["rag_retrieval_info"]["rag_latency_secs"] == 0.25


def test_the_vendors_sdk_reads_all_of_it(workspace: Workspace, ada: User) -> None:
    turns = (
        told_by_page("1 item", "cart"),
        visitor("Look.", [CUP]),
        Turn(Role.AGENT, "We", interrupted=True, usage=Usage("our-own", 5, 5, estimated=True)),
        Turn(Role.AGENT, "Yes.", usage=Usage("gpt-4o", 500, 50, 100)),
    )
    talk = visit(agent_of(workspace, ada), turns, is_burst=True)
    talk.turns.update(thumb=Thumb.DOWN, thumb_at=3.2, event_id=1, metrics={QUEUE: 0.5})

    read = GetConversationResponseModel.model_validate(conversation_document(talk))

    page, asked, cut, last = read.transcript
    assert page.contextual_update_info is not None
    assert page.contextual_update_info.context_id == "cart"
    assert asked.file_input is not None
    assert asked.file_input.original_filename == "cup.png"
    assert cut.feedback is not None
    assert (cut.feedback.score, cut.feedback.time_in_call_secs) == ("dislike", 3)
    assert last.llm_usage is not None
    assert last.llm_usage.model_usage is not None
    assert last.llm_usage.model_usage["gpt-4o"].input_cache_read.tokens == 100
    assert read.metadata.charging is not None
    assert read.metadata.charging.is_burst is True
