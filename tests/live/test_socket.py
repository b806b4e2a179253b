"""The socket from outside, on both servers: what a visitor sees, and what is on disk."""

from __future__ import annotations

from typing import Any

import pytest
from websockets.typing import Subprotocol

from .doors import Door, Visitor, record, turns, visit

# Real processes: they share one worker of a parallel run, as each start costs seconds.
pytestmark = [pytest.mark.both_profiles, pytest.mark.xdist_group("doors")]


async def test_a_conversation_from_greeting_to_record(at: Door):
    async with visit(at, at.agent()) as visitor:
        conversation_id = await visitor.hello()
        greeting = await visitor.answer()
        await visitor.say("When do you open?")
        answer = await visitor.answer()
        midway = await record(at, conversation_id)

    parts = [f["text_response_part"] for f in visitor.frames if "text_response_part" in f]
    assert greeting == "Hello!"
    assert "".join(part["text"] for part in parts) == answer
    assert {part["event_id"] for part in parts} == {
        visitor.frames[-1]["agent_response_event"]["event_id"]
    }
    assert turns(midway) == [("agent", "Hello!"), ("user", "When do you open?"), ("agent", answer)]
    ended = await record(at, conversation_id, "processing", "done")
    assert ended["metadata"]["termination_reason"] == "The visitor left."


async def test_a_finished_conversation_is_analysed(at: Door):
    criterion = {"id": "kind", "name": "Kind", "conversation_goal_prompt": "Was it kind?"}
    field = {"topic": {"type": "string", "description": "What it was about"}}
    agent_id = at.agent(evaluation={"criteria": [criterion]}, data_collection=field)
    async with visit(at, agent_id) as visitor:
        conversation_id = await visitor.hello()
        await visitor.answer()
        await visitor.say("Hi")
        await visitor.answer()

    analysis = (await record(at, conversation_id, "done"))["analysis"]

    assert analysis["transcript_summary"]
    assert analysis["evaluation_criteria_results"]["kind"]["rationale"]
    assert analysis["data_collection_results"]["topic"]["value"]


@pytest.mark.parametrize("offered", [None, [Subprotocol("convai")]])
async def test_the_subprotocol_is_echoed_when_offered(at: Door, offered: Any):
    async with visit(at, at.agent(), subprotocols=offered) as visitor:
        await visitor.hello()

        assert visitor.socket.subprotocol == (offered[0] if offered else None)


async def test_a_message_before_the_handshake_waits_for_it(at: Door):
    async with visit(at, at.agent()) as visitor:
        await visitor.say("stub:echo I was early")
        await visitor.hello()

        assert [await visitor.answer(), await visitor.answer()][0] == "Hello!"


async def test_a_new_message_interrupts(at: Door):
    async with visit(at, at.agent()) as visitor:
        conversation_id = await visitor.hello()
        await visitor.answer()
        await visitor.say("stub:slow Count")
        await visitor.until("agent_chat_response_part")
        await visitor.until("agent_chat_response_part")
        await visitor.say("Stop")
        cut = await visitor.answer()
        await visitor.answer()

    found = await record(at, conversation_id, "processing", "done")
    kept = next(turn for turn in found["transcript"] if turn["interrupted"])
    assert kept["message"] == cut


async def test_a_signed_address_opens_an_agent_that_wants_one(at: Door):
    agent_id = at.agent(auth={"enable_auth": True})
    signed = at.call("GET", f"/conversation/get-signed-url?agent_id={agent_id}")["signed_url"]

    async with visit(at, agent_id) as visitor:
        await visitor.send({"type": "conversation_initiation_client_data"})
        refused = await visitor.closed()
    async with visit(at, agent_id, query="&" + signed.split("?")[1]) as visitor:
        assert await visitor.hello()

    assert refused[0] == 1008


async def come_back(at: Door, agent_id: str, visitor: Visitor, conversation_id: str) -> str:
    event = visitor.frames[0]["conversation_initiation_metadata_event"]
    token = event["resume_token"]
    return f"&conversation_id={conversation_id}&resume_token={token}&after=1"


async def test_a_dropped_visitor_comes_back_to_the_same_conversation(at: Door):
    agent_id = at.agent()
    async with visit(at, agent_id, query="&resume=1") as visitor:
        conversation_id = await visitor.hello()
        await visitor.answer()
        await visitor.say("stub:slow-30 Count")
        await visitor.until("agent_chat_response_part")
        visitor.drop()
    query = await come_back(at, agent_id, visitor, conversation_id)

    async with visit(at, agent_id, query=query) as again:
        same = await again.hello()
        answer = await again.answer()
        await again.say("stub:echo Thanks")
        await again.answer()

    found = await record(at, conversation_id)
    assert same == conversation_id
    assert again.frames[0]["conversation_initiation_metadata_event"]["user_messages_kept"] == 1
    assert [message for _, message in turns(found)].count(answer) == 1
    assert len(found["transcript"]) == 5


async def test_a_false_token_comes_back_to_nothing(at: Door):
    agent_id = at.agent()
    async with visit(at, agent_id, query="&resume=1") as visitor:
        conversation_id = await visitor.hello()
        visitor.drop()

    query = f"&conversation_id={conversation_id}&resume_token=false&after=0"
    async with visit(at, agent_id, query=query) as thief:
        await thief.send({"type": "conversation_initiation_client_data"})
        code, _ = await thief.closed()

    assert code == 1008
