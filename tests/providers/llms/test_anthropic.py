"""Anthropic's Messages API: recordings replayed, and requests as they are sent."""

from __future__ import annotations

import pytest

from dashboard.engine.ports import Ask
from dashboard.engine.turns import ToolCall, Usage, agent, visitor
from dashboard.providers.llms.backends import Backend

from .hearing import KEY, STORY, VERDICT, WEATHER, answered, recorded, refused, replaying

CLAUDE = Backend("anthropic", "claude-sonnet-4-5")


@pytest.mark.parametrize("size", [0, 1, 50])
async def test_a_text_arrives_however_it_is_cut(size):
    async with replaying(CLAUDE, recorded("anthropic-text.sse", size)) as (llm, here):
        answer = await answered(llm)

    assert answer.text == "We open at 7:30 ☕."
    assert answer.usage == Usage("claude-sonnet-4-5", 600, 15, cache_read=28, cache_write=100)
    assert here.heard[0].path == "/v1/messages"
    assert here.heard[0].headers["x-api-key"] == KEY
    assert here.heard[0].headers["anthropic-version"] == "2023-06-01"


async def test_thoughts_are_not_said_and_calls_come_whole():
    async with replaying(CLAUDE, recorded("anthropic-tools.sse", 17)) as (llm, _):
        answer = await answered(llm)

    assert answer.text == "Let me look."
    assert answer.calls == [
        ToolCall("toolu_01T1x1fJ34qAmk2tNTrN7Up6", "get_weather", {"city": "Oslo"}),
        ToolCall("toolu_01NRLabsLyVHZPKxbKvkfSMn", "list_days", {}),
    ]


@pytest.mark.parametrize(
    ("recording", "says", "transient"),
    [
        ("anthropic-overloaded.sse", "error in mid-answer (overloaded_error)", True),
        ("anthropic-cut-tool.sse", "ran out of tokens in the middle of a tool call", False),
        ("anthropic-refusal.sse", "declined to answer", False),
    ],
)
async def test_what_goes_wrong_is_told(recording, says, transient):
    async with replaying(CLAUDE, recorded(recording)) as (llm, _):
        answer = await answered(llm)

    assert says in answer.trouble.reason
    assert answer.trouble.transient is transient


# STORY, as this API wants it.
TOLD = [
    ("user", ["(The visitor opened the chat.)"]),
    ("assistant", ["Hi, I am Ana."]),
    ("user", ["Weather in Oslo and Rome?"]),
    (
        "assistant",
        [
            "Let me look.",
            {
                "type": "tool_use",
                "id": "call00001",
                "name": "get_weather",
                "input": {"city": "Oslo"},
            },
            {
                "type": "tool_use",
                "id": "call00002",
                "name": "get_weather",
                "input": {"city": "Rome"},
            },
        ],
    ),
    (
        "user",
        [
            {"type": "tool_result", "tool_use_id": "call00001", "content": "4°"},
            {
                "type": "tool_result",
                "tool_use_id": "call00002",
                "content": "No result: nobody answered.",
                "is_error": True,
            },
        ],
    ),
    ("assistant", ["Four degr"]),
    ("user", ["Thanks.\n\nAnd when do you open?"]),
]


async def test_the_conversation_is_told_in_the_dialect():
    ask = Ask("Be kind.", STORY, (WEATHER,), temperature=1.7, max_tokens=50)
    async with replaying(CLAUDE, recorded("anthropic-text.sse")) as (llm, here):
        await answered(llm, ask)

    body = here.heard[0].json
    said = [
        (m["role"], [part.get("text") or part for part in m["content"]]) for m in body["messages"]
    ]
    assert said == TOLD
    assert body["system"] == "Be kind."
    assert (body["max_tokens"], body["temperature"], body["stream"]) == (50, 1.0, True)
    assert body["tools"][0]["input_schema"] == WEATHER.parameters


async def test_an_empty_and_a_one_sided_conversation_are_made_whole():
    async with replaying(CLAUDE, recorded("anthropic-text.sse")) as (llm, here):
        await answered(llm, Ask("Begin.", ()))
        await answered(llm, Ask("Go on.", (visitor("Hi"), agent("Hello."))))

    roles = [[m["role"] for m in heard.json["messages"]] for heard in here.heard]
    assert roles == [["user"], ["user", "assistant", "user"]]


async def test_calls_in_the_history_are_declared_even_when_no_tool_may_be_used():
    async with replaying(CLAUDE, recorded("anthropic-text.sse")) as (llm, here):
        await answered(llm, Ask("", STORY))

    body = here.heard[0].json
    assert [tool["name"] for tool in body["tools"]] == ["get_weather"]
    assert body["tool_choice"] == {"type": "none"}


async def test_a_forced_tool_is_forced():
    async with replaying(CLAUDE, recorded("anthropic-tools.sse")) as (llm, here):
        answer = await answered(llm, Ask("Judge.", (visitor("…"),), must_call=VERDICT))

    assert here.heard[0].json["tool_choice"] == {"type": "tool", "name": "record_verdict"}
    assert answer.text == ""


async def test_a_model_that_takes_no_temperature_gets_none():
    complaint = '{"error": {"type": "invalid_request_error", "message": "temperature: not here"}}'
    answers = refused(400, complaint), recorded("anthropic-text.sse")
    async with replaying(CLAUDE, *answers) as (llm, here):
        answer = await answered(llm, Ask("", (visitor("Hi"),), temperature=0.5))

    assert answer.trouble is None
    assert "temperature" not in here.heard[1].json
