"""The browser SDK in Node: what is said, in which order, and how a conversation ends."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.stand_ins.listening_model import everything, pictures

from .browser_sdk import Play
from .in_node import needs_node
from .live_place import GREETING, Place, client_tool

pytestmark = [needs_node, pytest.mark.xdist_group("live sdk")]
QUIET = {"turn_timeout": -1}
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89" + bytes(32)


def test_the_first_message_is_never_lost_in_200_visits(place: Place, node: Play) -> None:
    options = {"agentId": place.agent(), "origin": place.ws, "textOnly": True}

    assert node("greeted", 200, 20, options) == 0


def test_an_answer_is_streamed_and_then_whole_under_one_number(place: Place, node: Play) -> None:
    talk = place.browser(node, place.agent(turn=QUIET))
    greeting = talk.until("onMessage")

    answer = talk.asks("When do you open?")

    final = talk.until("onMessage", 2)
    parts = [p for p in talk.heard("onAgentChatResponsePart") if p["event_id"] == final["event_id"]]
    assert greeting["message"] == GREETING
    assert (final["source"], final["role"]) == ("ai", "agent")
    assert final["event_id"] > greeting["event_id"]
    assert [p["type"] for p in (parts[0], *parts[1:-1], parts[-1])] == [
        "start",
        *["delta"] * (len(parts) - 2),
        "stop",
    ]
    assert (parts[0]["text"], parts[-1]["text"]) == ("", "")
    assert "".join(part["text"] for part in parts) == answer
    types = talk.types()
    assert types[-1] == "agent_response"
    assert types.count("conversation_initiation_metadata") == 0  # the SDK keeps the only one
    assert "user_transcript" not in types  # the page shows its visitor's words itself
    talk.end()
    [bye] = talk.heard("onDisconnect")
    assert bye["reason"] == "user"
    assert place.ended(talk.id)["metadata"]["conversation_initiation_source"] == "js_sdk"


def test_a_message_in_the_middle_of_an_answer_cuts_it_and_says_what_stayed(
    place: Place, node: Play
) -> None:
    talk = place.browser(node, place.agent(turn=QUIET))
    talk.until("onMessage")
    talk.do("sendUserMessage", "stub:slow-150 tell me everything")
    delta = talk.until("onAgentChatResponsePart", 1, type="delta")

    talk.do("sendUserMessage", "stub:echo wait, stop")

    correction = talk.until("onAgentResponseCorrection")
    answer = talk.until("onMessage", 1, message="stub:echo wait, stop")
    talk.end()
    assert correction["event_id"] == delta["event_id"] < answer["event_id"]
    assert correction["corrected_agent_response"].startswith(delta["text"])
    assert isinstance(correction["original_agent_response"], str)
    turns = place.ended(talk.id)["transcript"]
    cut = [turn for turn in turns if turn["interrupted"]]
    assert [turn["message"] for turn in cut] == [correction["corrected_agent_response"]]
    assert [turn["role"] for turn in turns] == ["agent", "user", "agent", "user", "agent"]


def test_news_of_the_page_is_known_and_the_newest_of_a_kind_replaces_the_older(
    place: Place, node: Play
) -> None:
    talk = place.browser(node, place.agent(turn=QUIET))
    talk.until("onMessage")

    talk.do("sendContextualUpdate", "The visitor looks at BEANS.", {"contextId": "shelf"})
    talk.do("sendContextualUpdate", "The visitor is signed in as ADA.")
    talk.do("sendContextualUpdate", "The visitor looks at TEA.", {"contextId": "shelf"})
    talk.asks("stub:echo what do I look at?")

    told = everything(place.heard("what do I look at?"))
    assert "TEA" in told
    assert "ADA" in told
    assert "BEANS" not in told
    talk.asks("stub:echo and still?")
    told = everything(place.heard("and still?"))
    assert told.count("TEA") == 1
    assert len(talk.heard("onMessage")) == 3  # news by itself is not answered
    talk.end()


def test_thumbs_of_single_answers_are_on_the_record(place: Place, node: Play) -> None:
    talk = place.browser(node, place.agent(turn=QUIET))
    talk.until("onMessage")
    for question in ("one", "two", "three"):
        talk.asks(f"stub:echo {question}")
    numbers = [message["event_id"] for message in talk.heard("onMessage")]

    talk.do("sendFeedback", False, numbers[1])
    talk.do("sendFeedback", True, numbers[2])
    talk.do("sendFeedback", None, numbers[2])
    talk.do("sendFeedback", True)  # the newest answer
    talk.asks("stub:echo four")
    talk.end()

    found = place.ended(talk.id)
    thumbs = {turn["source_event_id"]: turn["feedback"] for turn in found["transcript"]}
    assert thumbs[numbers[0]] is None
    assert thumbs[numbers[1]]["score"] == "dislike"
    assert thumbs[numbers[2]] is None
    assert thumbs[numbers[3]]["score"] == "like"
    assert isinstance(thumbs[numbers[3]]["time_in_call_secs"], int)
    assert found["metadata"]["feedback"]["likes"] == 1
    assert found["metadata"]["feedback"]["dislikes"] == 1


def test_files_that_the_sdk_uploads_reach_the_model(place: Place, node: Play) -> None:
    talk = place.browser(node, place.agent(turn=QUIET))
    talk.until("onMessage")
    cup = talk.uploads("cup.png", "image/png", PNG)
    hours = talk.uploads("hours.txt", "text/plain", b"We open at nine on TUESDAYS.")

    talk.do("sendMultimodalMessage", {"text": "stub:echo what are these?", "fileIds": [cup, hours]})
    answer = talk.until("onMessage", 2)["message"]

    asked = place.heard("what are these?")
    assert "what are these?" in answer
    assert "TUESDAYS" in everything(asked)
    assert "hours.txt" in everything(asked)
    [picture] = pictures(asked)
    assert picture.startswith("data:image/png;base64,")
    [turn] = [turn for turn in place.read(talk.id)["transcript"] if turn["role"] == "user"]
    assert [one["original_filename"] for one in turn["file_inputs"]] == ["cup.png", "hours.txt"]
    assert [one["mime_type"] for one in turn["file_inputs"]] == ["image/png", "text/plain"]
    talk.end()


def test_a_file_alone_is_a_message_and_an_unknown_one_is_told(place: Place, node: Play) -> None:
    talk = place.browser(node, place.agent(turn=QUIET))
    talk.until("onMessage")
    hours = talk.uploads("hours.txt", "text/plain", b"We open at nine on FRIDAYS.")

    talk.do("sendMultimodalMessage", {"fileId": hours})
    talk.until("onMessage", 2)
    talk.do("sendMultimodalMessage", {"text": "and this?", "fileId": "file_nobody"})
    trouble = talk.until("onError")
    talk.until("onMessage", 3)  # the words are answered all the same

    assert any("FRIDAYS" in everything(body) for body in place.model.heard)
    assert trouble.startswith("Server error: ")
    assert "file" in trouble
    assert talk.asks("stub:echo still there?") == "stub:echo still there?"
    talk.end()


def test_the_longest_duration_is_announced_and_ends_as_an_error(place: Place, node: Play) -> None:
    agent_id = place.agent(
        conversation={"max_duration_seconds": 1},
        agent={"max_conversation_duration_message": "Our time is up."},
    )
    talk = place.browser(node, agent_id)

    bye = talk.until("onDisconnect")

    assert talk.heard("onMessage")[-1]["message"] == "Our time is up."
    assert bye["reason"] == "error"
    assert bye["context"]["type"] == "max_duration_exceeded"
    assert bye["message"]
    found = place.ended(talk.id)
    assert found["transcript"][-1]["message"] == "Our time is up."
    assert "duration" in found["metadata"]["termination_reason"]


def test_a_silent_visitor_is_spoken_to_once_more(place: Place, node: Play) -> None:
    prompt = {"prompt": {"prompt": "Be kind to the SILENT ones."}}
    talk = place.browser(node, place.agent(agent=prompt, turn={"turn_timeout": 1}))
    talk.until("onMessage")

    follow_up = talk.until("onMessage", 2)
    time.sleep(1.6)

    assert follow_up["message"]
    assert len(talk.heard("onMessage")) == 2
    talk.end()
    roles = [turn["role"] for turn in place.ended(talk.id)["transcript"]]
    assert roles == ["agent", "agent"]
    asked = [body for body in place.model.heard if body.get("stream")]
    assert sum("SILENT" in everything(body) for body in asked) == 1


def test_silence_ends_a_conversation_and_typing_puts_it_off(place: Place, node: Play) -> None:
    silence = {"turn_timeout": -1, "silence_end_call_timeout": 3}
    talk = place.browser(node, place.agent(turn=silence))
    talk.until("onMessage")

    time.sleep(1.2)
    typed = time.monotonic()
    talk.do("sendUserActivity")
    bye = talk.until("onDisconnect")

    assert time.monotonic() - typed > 2.9
    assert (bye["reason"], bye["closeCode"]) == ("agent", 1000)
    reason = "The visitor was silent for too long."
    assert bye["closeReason"] == reason
    assert place.ended(talk.id)["metadata"]["termination_reason"] == reason


def test_how_full_the_models_memory_is(place: Place, node: Play) -> None:
    events = ["agent_response", "context_usage"]
    talk = place.browser(node, place.agent(conversation={"client_events": events}, turn=QUIET))
    talk.until("onMessage")

    talk.asks("stub:echo hello")

    told = talk.until("onContextUsage")
    assert told["model"] == "stub"
    assert told["context_tokens"] > 0
    assert told["context_limit_tokens"] == 0  # how much this one can read is not known
    assert told["event_id"] == talk.until("onMessage", 2)["event_id"]
    talk.end()


NOTICES = ["agent_tool_request", "agent_tool_response"]
PARTS = ["agent_chat_response_part"]


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        (None, {"agent_response", "agent_chat_response_part", "agent_tool_response"}),
        (["audio", "interruption"], {"agent_response"}),
        (["agent_response", *PARTS], {"agent_response", *PARTS}),
        (["agent_response", *NOTICES], {"agent_response", *NOTICES}),
    ],
    ids=["absent", "published example", "parts", "notices"],
)
def test_only_listed_events_are_sent_and_answers_always(
    place: Place, node: Play, listed: list[str] | None, told: set[str]
) -> None:
    conversation: dict[str, Any] = {} if listed is None else {"client_events": listed}
    prompt = {"prompt": {"tools": [client_tool("basket")]}}
    agent_id = place.agent(conversation=conversation, agent=prompt, turn=QUIET)
    talk = place.browser(node, agent_id, tools={"basket": {"returns": "beans"}})
    talk.until("onMessage")

    answer = talk.asks("tool:basket {}")

    assert answer == "The tool said: beans"
    always = {"client_tool_call", "ping"}
    assert set(talk.types()) - always == told
    talk.end()
