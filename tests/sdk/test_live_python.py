"""The Python SDK on the live socket: what `Conversation` and `AsyncConversation` promise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from elevenlabs.client import ElevenLabs
from elevenlabs.conversational_ai.conversation import (
    AsyncConversation,
    ClientTools,
    ConversationInitiationData,
)

from tests.boot.running import PATIENCE
from tests.stand_ins.listening_model import everything, pictures

from .live_place import GREETING, Place, client_tool
from .test_conversation import Chat

pytestmark = pytest.mark.xdist_group("live sdk")
QUIET = {"turn_timeout": -1}
LOCKED = {"auth": {"enable_auth": True}}
END_CALL = {"type": "system", "name": "end_call", "params": {"system_tool_type": "end_call"}}
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89" + bytes(32)
Fact = Callable[[], Any]


@pytest.fixture
def sdk(place: Place) -> ElevenLabs:
    return ElevenLabs(api_key=place.key, base_url=place.door.url)


def until(fact: Fact) -> Any:
    late = time.monotonic() + PATIENCE
    while not (found := fact()):
        assert time.monotonic() < late
        time.sleep(0.02)
    return found


def conversation_id(chat: Chat) -> str:
    return str(until(lambda: chat.sdk._conversation_id))  # it tells only at the end


def test_a_locked_agent_is_reached_with_a_key_and_refused_without(
    place: Place, sdk: ElevenLabs
) -> None:
    agent_id = place.agent(LOCKED)

    inside = Chat(sdk, agent_id, signed=True, user_id="visitor ø")
    outside = Chat(sdk, agent_id, signed=False)

    assert inside.hears() == GREETING
    no = outside.ended.get(timeout=PATIENCE)
    assert (no.reason, no.close_code) == ("error", 1008)
    assert "signed" in no.close_reason
    found = place.ended(inside.ends())
    assert found["metadata"]["authorization_method"] == "signed_url"
    assert found["user_id"] == "visitor ø"


def test_a_signed_address_is_on_the_public_host(place: Place, sdk: ElevenLabs) -> None:
    conversations = sdk.conversational_ai.conversations

    told = conversations.get_signed_url(agent_id=place.agent(), include_conversation_id=True)

    assert told.signed_url.startswith(f"{place.ws}/v1/convai/conversation?agent_id=agent_")
    assert "conversation_id=conv_" in told.signed_url


def test_an_unknown_agent_is_refused_in_words(sdk: ElevenLabs) -> None:
    chat = Chat(sdk, "agent_nobody", signed=False)

    no = chat.ended.get(timeout=PATIENCE)

    assert (no.close_code, no.close_reason) == (1008, "This agent does not exist.")


@pytest.mark.parametrize(
    ("does", "model_hears"),
    [
        (lambda _: {"beans": 2}, '{"beans":2}'),
        (lambda _: ["beans", "tea"], '["beans","tea"]'),
        (lambda _: "two bags", "two bags"),
        (lambda _: None, "Client tool: basket called successfully."),
        (lambda _: 1 / 0, "division by zero"),
        (None, "Tool 'basket' is not registered"),
    ],
    ids=["object", "list", "text", "nothing", "throws", "unregistered"],
)
def test_what_a_function_of_the_script_returns_reaches_the_model(
    place: Place, sdk: ElevenLabs, does: Any, model_hears: str
) -> None:
    tools = ClientTools()
    if does:
        tools.register("basket", does)
    agent_id = place.agent(agent={"prompt": {"tools": [client_tool("basket")]}}, turn=QUIET)
    chat = Chat(sdk, agent_id, signed=False, client_tools=tools)
    chat.hears()

    answer = chat.asks("tool:basket {}")

    assert answer == f"The tool said: {model_hears}"
    found = place.ended(chat.ends())
    results = [one for turn in found["transcript"] for one in turn["tool_results"]]
    fails = does is None or "zero" in model_hears
    assert [(one["result_value"], one["is_error"]) for one in results] == [(model_hears, fails)]


def test_a_function_that_may_wait_answers_as_well(place: Place, sdk: ElevenLabs) -> None:
    async def basket(_: dict[str, Any]) -> str:
        await asyncio.sleep(0.1)
        return "beans, in the end"

    tools = ClientTools()
    tools.register("basket", basket, is_async=True)
    agent_id = place.agent(agent={"prompt": {"tools": [client_tool("basket")]}}, turn=QUIET)
    chat = Chat(sdk, agent_id, signed=False, client_tools=tools)
    chat.hears()

    assert chat.asks("tool:basket {}") == "The tool said: beans, in the end"
    chat.ends()


def test_an_agent_that_ends_the_conversation_is_an_agents_end(
    place: Place, sdk: ElevenLabs
) -> None:
    agent_id = place.agent(agent={"prompt": {"built_in_tools": {"end_call": END_CALL}}})
    chat = Chat(sdk, agent_id, signed=False)
    chat.hears()

    goodbye = chat.asks('tool:end_call {"reason": "done", "message": "Goodbye!"}')

    bye = chat.ended.get(timeout=PATIENCE)
    assert goodbye == "Goodbye!"
    assert (bye.reason, bye.close_code) == ("agent", 1000)
    assert bye.close_reason == "The agent ended the conversation."


def test_the_longest_duration_closes_after_its_message(place: Place, sdk: ElevenLabs) -> None:
    agent_id = place.agent(
        conversation={"max_duration_seconds": 1},
        agent={"max_conversation_duration_message": "Our time is up."},
    )

    chat = Chat(sdk, agent_id, signed=False)

    assert [chat.hears(), chat.hears()] == [GREETING, "Our time is up."]
    bye = chat.ended.get(timeout=PATIENCE)
    assert (bye.reason, bye.close_code) == ("agent", 1000)
    assert "duration" in bye.close_reason


def test_a_cut_answer_is_corrected(place: Place, sdk: ElevenLabs) -> None:
    corrections: list[tuple[str, str]] = []
    chat = Chat(
        sdk,
        place.agent(turn=QUIET),
        signed=False,
        callback_agent_response_correction=lambda *both: corrections.append(both),
    )
    chat.hears()
    chat.sdk.send_user_message("stub:slow-150 tell me everything")
    until(lambda: any(kind == "delta" for _, kind in chat.parts))

    chat.sdk.send_user_message("stub:echo wait")
    until(lambda: chat.hears() == "stub:echo wait")

    [(original, corrected)] = corrections
    cut = [t for t in place.ended(chat.ends())["transcript"] if t["interrupted"]]
    assert [turn["message"].strip() for turn in cut] == [corrected]
    assert isinstance(original, str)


def test_news_and_files_reach_the_model(place: Place, sdk: ElevenLabs) -> None:
    chat = Chat(sdk, place.agent(turn=QUIET), signed=False)
    chat.hears()
    files = sdk.conversational_ai.conversations.files
    sent = [
        files.create(conversation_id(chat), file=("cup.png", PNG, "image/png")).file_id,
        files.create(conversation_id(chat), file=("hours.txt", b"Open on MONDAYS.")).file_id,
    ]

    chat.sdk.send_contextual_update("The visitor looks at COCOA.")
    chat.sdk.register_user_activity()
    chat.sdk.send_multimodal_message(text="stub:echo and in Python?", file_ids=sent)
    chat.hears()

    asked = place.heard("and in Python?")
    assert "COCOA" in everything(asked)
    assert "MONDAYS" in everything(asked)
    assert len(pictures(asked)) == 1
    chat.ends()


def test_what_the_script_brings_along_is_used(place: Place, sdk: ElevenLabs) -> None:
    leaves = {"agent": {"first_message": True, "prompt": {"prompt": True}}}
    leave = {"conversation_config_override": leaves, "custom_llm_extra_body": True}
    wishes = {
        "agent": {"first_message": "Moin, {{name}}!", "prompt": {"prompt": "Talk as a PILOT."}}
    }
    config = ConversationInitiationData(
        extra_body={"shop": "harbour"},
        conversation_config_override=wishes,
        dynamic_variables={"name": "Ada", "points": 7, "member": True},
    )

    chat = Chat(sdk, place.agent({"overrides": leave}, turn=QUIET), signed=False, config=config)
    greeting = chat.hears()
    chat.asks("stub:echo who are you?")

    assert greeting == "Moin, Ada!"
    assert "PILOT" in everything(place.heard("who are you?"))
    told = place.ended(chat.ends())["conversation_initiation_client_data"]
    assert told["custom_llm_extra_body"] == {"shop": "harbour"}
    assert told["dynamic_variables"]["points"] == 7


async def test_the_async_session_says_the_same(place: Place) -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    kinds: list[str] = []
    ended: asyncio.Queue[Any] = asyncio.Queue()

    async def part(_: str, kind: Any) -> None:
        kinds.append(kind.value)

    client = ElevenLabs(api_key=place.key, base_url=place.door.url)
    talk = AsyncConversation(
        client,
        await asyncio.to_thread(place.agent, LOCKED, turn=QUIET),
        requires_auth=True,
        callback_agent_response=said.put,
        callback_agent_chat_response_part=part,
        callback_disconnect=ended.put,
    )
    async with asyncio.timeout(PATIENCE):
        await talk.start_session()
        greeting = await said.get()
        await talk.send_contextual_update("The visitor looks at MILK.")
        await talk.register_user_activity()
        await talk.send_user_message("stub:echo asynchronously")
        answer = await said.get()
        await talk.end_session()
        found = await talk.wait_for_session_end()
        bye = await ended.get()

    assert greeting == GREETING
    assert answer == "stub:echo asynchronously"
    assert (kinds[0], kinds[-1]) == ("start", "stop")
    assert "MILK" in everything(place.heard("asynchronously"))
    assert bye.reason == "user"
    assert found is not None
    ended_talk = await asyncio.to_thread(place.ended, found)
    assert ended_talk["metadata"]["authorization_method"] == "signed_url"
