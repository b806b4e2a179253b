"""Bad frames, failing models, closed tabs and stopping servers: each has a defined end."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from .doors import Door, door, record, turns, visit

# Real processes: they share one worker of a parallel run, as each start costs seconds.
pytestmark = [pytest.mark.both_profiles, pytest.mark.xdist_group("doors")]

PHRASE = "zanzibar-marmalade"


def nested(kind: str, field: str) -> str:
    return f'{{"type":"{kind}","{field}":{"[" * 400}{"]" * 400}}}'


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
    permitted = {"custom_llm_extra_body": True}
    async with visit(at, at.agent(overrides=permitted)) as visitor:
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
