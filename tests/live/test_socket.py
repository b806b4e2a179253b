"""The socket from outside, on both servers: what a visitor sees, and what is on disk."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from .doors import Door, Visitor, door, visit

# Real processes: they share one worker of a parallel run, as each start costs seconds.
pytestmark = [pytest.mark.both_profiles, pytest.mark.xdist_group("doors")]

PHRASE = "zanzibar-marmalade"


def nested(kind: str, field: str) -> str:
    return f'{{"type":"{kind}","{field}":{"[" * 400}{"]" * 400}}}'


async def record(at: Door, conversation_id: str, *states: str) -> Any:
    """The conversation by REST, once it is in one of the states."""
    async with asyncio.timeout(30):
        while True:
            path = f"/conversations/{conversation_id}"
            found = await asyncio.to_thread(at.call, "GET", path)
            if not states or found["status"] in states:
                return found
            await asyncio.sleep(0.1)


def turns(found: Any) -> list[tuple[str, str]]:
    return [(turn["role"], turn["message"]) for turn in found["transcript"]]


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


@pytest.mark.parametrize(
    ("frame", "code", "words"),
    [
        (PHRASE, 1002, "not JSON"),
        (f'["{PHRASE}"]', 1002, "not a JSON object"),
        (f'{{"{PHRASE}"'.encode(), 1002, "text frames"),
        (f'{{"type":"user_message","text":"{PHRASE * 60000}"}}'[: 1024 * 1024], 1009, "too long"),
        ('{"type":"enclave_setup_config"}', 1008, "enclave_setup_config"),
        (nested("client_tool_result", "result"), 1002, "too deep"),
        (nested("conversation_initiation_client_data", "dynamic_variables"), 1002, "too deep"),
    ],
)
@pytest.mark.parametrize("greeted", [True, False])
async def test_bad_frames_are_closed_with_a_reason(
    at: Door, frame: Any, code: int, words: str, greeted: bool
):
    async with visit(at, at.agent()) as visitor:
        if greeted:
            await visitor.hello()
        await visitor.send(frame)
        closed = await visitor.closed()

    assert closed[0] == code
    assert words in (closed[1] or "")


async def test_unknown_frames_and_a_second_handshake_do_no_harm(at: Door):
    async with visit(at, at.agent()) as visitor:
        await visitor.hello()
        await visitor.answer()
        for frame in ({"type": "later"}, {}, {"type": 5}, {"user_audio_chunk": "AAAA"}):
            await visitor.send(frame)
        await visitor.send({"type": "conversation_initiation_client_data"})
        await visitor.send({"type": "client_tool_result", "tool_call_id": "x", "result": {}})
        await visitor.send({"type": "pong", "event_id": "nonsense"})
        await visitor.say("Still there?")

        assert await visitor.answer()
    assert sum(f["type"].endswith("metadata") for f in visitor.frames) == 1


async def test_who_never_shakes_hands_is_closed(at: Door):
    async with visit(at, at.agent()) as visitor:
        code, reason = await visitor.closed()

    assert code == 1008
    assert "conversation_initiation_client_data" in (reason or "")


async def test_an_unknown_agent_and_a_wrong_key_are_told_so(at: Door):
    async with visit(at, "agent_nobody") as visitor:
        await visitor.send({"type": "conversation_initiation_client_data"})
        unknown = await visitor.closed()
    headers = {"xi-api-key": "sk_wrong"}
    async with visit(at, at.agent(), additional_headers=headers) as visitor:
        await visitor.send({"type": "conversation_initiation_client_data"})
        wrong = await visitor.closed()

    assert unknown == (1008, "This agent does not exist.")
    assert wrong == (1008, "This API key is not valid for this agent.")


async def test_a_signed_address_opens_an_agent_that_wants_one(at: Door):
    agent_id = at.agent(auth={"enable_auth": True})
    signed = at.call("GET", f"/conversation/get-signed-url?agent_id={agent_id}")["signed_url"]

    async with visit(at, agent_id) as visitor:
        await visitor.send({"type": "conversation_initiation_client_data"})
        refused = await visitor.closed()
    async with visit(at, agent_id, query="&" + signed.split("?")[1]) as visitor:
        assert await visitor.hello()

    assert refused[0] == 1008


@pytest.mark.parametrize("wish", ["cut", "garbage", "error-500", "silent", "cut-tool"])
async def test_a_model_that_fails_is_apologised_for(at: Door, wish: str):
    async with visit(at, at.agent()) as visitor:
        conversation_id = await visitor.hello()
        await visitor.answer()
        await visitor.say(f"stub:{wish}")
        sorry = await visitor.answer()
        await visitor.say("And now?")
        again = await visitor.answer()

    found = await record(at, conversation_id, "processing", "done")
    assert "Sorry, I cannot answer right now" in sorry
    assert "Sorry" not in again
    assert found["metadata"]["warnings"]


async def test_an_unknown_tool_is_an_error_that_the_model_hears(at: Door):
    async with visit(at, at.agent()) as visitor:
        conversation_id = await visitor.hello()
        await visitor.answer()
        await visitor.say("stub:unknown-tool")
        await visitor.answer()

    found = await record(at, conversation_id, "processing", "done")
    results = [r for turn in found["transcript"] for r in turn["tool_results"]]
    assert results[0]["is_error"]
    assert "no_such_tool" in results[0]["result_value"]


async def test_a_closed_tab_in_mid_answer_keeps_what_was_seen(at: Door):
    async with visit(at, at.agent()) as visitor:
        conversation_id = await visitor.hello()
        await visitor.answer()
        await visitor.say("stub:slow Count")
        await visitor.until("agent_chat_response_part")
        seen = (await visitor.until("agent_chat_response_part"))["text_response_part"]["text"]
        visitor.drop()

    found = await record(at, conversation_id, "processing", "done")
    last = found["transcript"][-1]
    assert last["interrupted"]
    assert last["message"].startswith(seen)


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


@pytest.mark.parametrize("kind", ["uvicorn", "daphne"])
async def test_stopping_the_server_ends_conversations_in_order(model_url: str, kind: str):
    with door(kind, model_url) as at:
        async with visit(at, at.agent()) as visitor:
            await visitor.hello()
            await visitor.answer()
            await visitor.say(f"stub:slow {PHRASE}")
            await visitor.until("agent_chat_response_part")
            at.process.send_signal(signal.SIGINT)
            last = await visitor.answer()
            code, reason = await visitor.closed()
        await asyncio.to_thread(at.process.wait, 20)

    assert last
    assert code == 1001
    assert "restarting" in (reason or "")
    assert at.process.returncode == 0
    assert PHRASE not in at.output()


async def test_stopping_does_not_wait_for_a_page_that_never_answers(model_url: str):
    tool = {"type": "client", "name": "cart", "description": "The cart", "expects_response": True}
    prompt = {"llm": "stub", "tools": [{**tool, "response_timeout_secs": 60}]}
    config = {"conversation": {"text_only": True}, "agent": {"prompt": prompt}}
    with door("uvicorn", model_url) as at:
        async with visit(at, at.agent(config)) as visitor:
            await visitor.hello()
            await visitor.say("tool:cart {}")
            await visitor.until("client_tool_call")
            at.process.send_signal(signal.SIGTERM)
            code, _ = await visitor.closed()
        await asyncio.to_thread(at.process.wait, 20)

    assert code == 1001


async def test_no_other_address_speaks(at: Door):
    for path in ("/foo", "/v1/convai/conversation/"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(at.url.replace("http", "ws", 1) + path, proxy=None)
        assert refused.value.response.status_code == 403


async def test_what_no_database_can_store_is_taken_out(at: Door):
    async with visit(at, at.agent()) as visitor:
        odd = {"a": "x\0y"}
        conversation_id = await visitor.hello(user_id="Ada\0", custom_llm_extra_body=odd)
        await visitor.answer()
        await visitor.say("Hi\0 there")
        await visitor.answer()
    async with visit(at, "agent%00") as visitor:
        await visitor.send({"type": "conversation_initiation_client_data"})
        unknown = await visitor.closed()

    found = await record(at, conversation_id)
    assert found["user_id"] == "Ada"
    assert ("user", "Hi there") in turns(found)
    assert unknown[0] == 1008


async def test_the_log_has_ids_and_not_what_was_said(at: Door):
    agent_id = at.agent()
    async with visit(at, agent_id) as visitor:
        await visitor.hello()
        await visitor.say(f"stub:garbage {PHRASE}")
        await visitor.answer()
        await visitor.say(f"stub:echo {PHRASE}")
        await visitor.answer()
    async with visit(at, "agent_nobody") as visitor:
        await visitor.send({"type": "conversation_initiation_client_data"})
        await visitor.closed()
    await asyncio.sleep(0.5)

    assert PHRASE not in at.output()
    assert "agent_nobody" in at.output()
