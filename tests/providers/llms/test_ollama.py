"""Ollama by its own API: recordings replayed, and requests as they are sent."""

from __future__ import annotations

import pytest

from dashboard.engine.ports import Ask
from dashboard.engine.turns import ToolCall, Usage, visitor
from dashboard.providers.llms.backends import Backend

from .hearing import STORY, VERDICT, WEATHER, answered, recorded, refused, replaying

OLLAMA = Backend("ollama", "llama3.1")


@pytest.mark.parametrize("size", [0, 1, 50])
async def test_a_text_arrives_however_it_is_cut(size):
    async with replaying(OLLAMA, recorded("ollama-text.ndjson", size)) as (llm, here):
        answer = await answered(llm)

    assert answer.text == "We open at 7:30 ☕."
    assert answer.usage == Usage("llama3.1", 26, 28)
    assert here.heard[0].path == "/api/chat"


async def test_calls_get_ids():
    async with replaying(OLLAMA, recorded("ollama-tools.ndjson")) as (llm, _):
        answer = await answered(llm)

    assert answer.calls == [
        ToolCall("get_weather_1", "get_weather", {"city": "Oslo"}),
        ToolCall("get_weather_2", "get_weather", {"city": "Rome"}),
    ]


async def test_the_conversation_is_told_in_the_dialect():
    backend = Backend("ollama", "llama3.1", "/v1", extra_body=(("options", {"num_ctx": 8192}),))
    ask = Ask("Be kind.", STORY, (WEATHER,), temperature=0.3, max_tokens=50)
    async with replaying(backend, recorded("ollama-text.ndjson")) as (llm, here):
        await answered(llm, ask)

    body = here.heard[0].json
    assert here.heard[0].path == "/api/chat"
    assert body["options"] == {"temperature": 0.3, "num_predict": 50, "num_ctx": 8192}
    assert body["messages"][3:6] == [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [
                {"function": {"name": "get_weather", "arguments": {"city": "Oslo"}}},
                {"function": {"name": "get_weather", "arguments": {"city": "Rome"}}},
            ],
        },
        {"role": "tool", "tool_name": "get_weather", "content": "4°"},
        {"role": "tool", "tool_name": "get_weather", "content": "No result: nobody answered."},
    ]


async def test_a_forced_tool_is_the_shape_of_the_answer():
    async with replaying(OLLAMA, recorded("ollama-format.ndjson")) as (llm, here):
        answer = await answered(llm, Ask("Judge.", (visitor("…"),), must_call=VERDICT))

    assert here.heard[0].json["format"] == VERDICT.parameters
    assert "Record it." in here.heard[0].json["messages"][0]["content"]
    assert answer.calls == [ToolCall("record_verdict", "record_verdict", {"outcome": "success"})]


async def test_a_model_without_tools_says_so():
    body = '{"error": "registry.ollama.ai/library/gemma:2b does not support tools"}'
    async with replaying(OLLAMA, refused(400, body)) as (llm, _):
        answer = await answered(llm, Ask("", (visitor("Hi"),), (WEATHER,)))

    assert (
        answer.trouble.reason == "llama3.1 (127.0.0.1) cannot use tools; choose a model that can."
    )


async def test_an_error_in_mid_answer_is_told_without_its_text():
    async with replaying(OLLAMA, recorded("ollama-error.ndjson")) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble.reason == "llama3.1 (127.0.0.1) reported an error in mid-answer."


async def test_a_stream_that_never_says_done_was_broken_off():
    whole = recorded("ollama-text.ndjson").body[0]
    cut = recorded("ollama-text.ndjson").__class__(whole[: whole.rindex(b'{"model"')])
    async with replaying(OLLAMA, cut) as (llm, _):
        answer = await answered(llm)

    assert (answer.text, "broke off" in answer.trouble.reason) == ("We open at 7:30 ☕.", True)
