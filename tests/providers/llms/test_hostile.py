"""Model servers that mean harm, and conversations that hold odd values."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import orjson
import pytest

from dashboard.engine.ports import Ask
from dashboard.engine.turns import Role, ToolCall, ToolResult, Turn, Usage, visitor
from dashboard.providers.llms.arguments import MOST_CALLS, MOST_WRITTEN
from dashboard.providers.llms.backends import Backend
from dashboard.providers.llms.exchange import MOST_SAID
from tests.stand_ins.loopback import Canned

from .hearing import answered, deep, events, recorded, replaying

OPENAI = Backend("openai", "m", "/v1")
DIALECTS = ["openai", "anthropic", "gemini", "ollama"]
TEXT = recorded("openai-text.sse")


def delta(**parts: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": parts}]}


def fragment(arguments: str, **more: Any) -> dict[str, Any]:
    return delta(tool_calls=[{"index": 0, "function": {"arguments": arguments, **more}}])


async def test_an_answer_packed_twice_is_trouble_in_words() -> None:
    bomb = gzip.compress(gzip.compress(b"a" * 50_000_000))
    canned = Canned(bomb, headers=(("Content-Encoding", "gzip, gzip"),))
    async with replaying(OPENAI, canned) as (llm, here):
        answer = await answered(llm)

    assert answer.trouble
    assert "packed" in answer.trouble.reason
    assert here.heard[0].headers["accept-encoding"] == "identity"


async def test_a_bomb_is_an_answer_without_an_end() -> None:
    bomb = gzip.compress(b"data: {}\n" * 10_000_000)
    canned = Canned(bomb, headers=(("Content-Encoding", "gzip"),))
    async with replaying(OPENAI, canned) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert answer.trouble.reason == "m (127.0.0.1) answered without an end."
    assert not answer.trouble.transient


async def test_text_without_an_end_is_cut_off_with_trouble() -> None:
    flood = [delta(content="x" * 4000)] * (MOST_SAID // 4000 + 2)
    async with replaying(OPENAI, events(*flood)) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert "without an end" in answer.trouble.reason
    assert len(answer.text) <= MOST_SAID


async def test_openai_arguments_without_an_end_are_trouble() -> None:
    flood = [fragment("x" * 4000, name="f")] * (MOST_WRITTEN // 4000 + 2)
    async with replaying(OPENAI, events(*flood)) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert "without an end" in answer.trouble.reason
    assert answer.calls == []


async def test_anthropic_arguments_without_an_end_are_trouble() -> None:
    block = {"type": "tool_use", "id": "c", "name": "f"}
    part = {"type": "input_json_delta", "partial_json": "x" * 4000}
    flood = [{"type": "content_block_delta", "index": 0, "delta": part}]
    messages = [{"type": "content_block_start", "index": 0, "content_block": block}]
    messages += flood * (MOST_WRITTEN // 4000 + 2)
    async with replaying(Backend("anthropic", "m"), events(*messages)) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert "without an end" in answer.trouble.reason


async def test_calls_without_an_end_are_trouble() -> None:
    calls = [
        delta(tool_calls=[{"id": f"c{n}", "function": {"name": "f", "arguments": "{}"}}])
        for n in range(MOST_CALLS + 1)
    ]
    async with replaying(OPENAI, events(*calls)) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert "without an end" in answer.trouble.reason
    assert answer.calls == []


@pytest.mark.parametrize("kind", ["gemini", "ollama"])
async def test_whole_arguments_are_checked_by_their_dialects(kind: str) -> None:
    function = {"name": "f", "args": {"a": "\0"}, "arguments": {"a": "\0"}}
    if kind == "gemini":
        parts = [{"functionCall": function}]
        answer_to = events({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]})
    else:
        said = {"message": {"tool_calls": [{"function": function}]}, "done": True}
        answer_to = Canned(orjson.dumps(said) + b"\n")
    async with replaying(Backend(kind, "m"), answer_to) as (llm, _):
        answer = await answered(llm)

    assert [call.garbled is not None for call in answer.calls] == [True]


async def test_zero_bytes_in_what_is_said_are_left_out() -> None:
    done = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    async with replaying(OPENAI, events(delta(content="a\0b"), done)) as (llm, _):
        answer = await answered(llm)

    assert (answer.text, answer.trouble) == ("ab", None)


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({}, "fine"),
        ({"a": "\ud800"}, "fine"),
        ({"n": 2**70}, "fine"),
        (deep(300), "fine"),
        ({}, "half \ud800"),
        ({}, orjson.dumps(deep(200)).decode() + " "),
        ({}, "[" * 300 + "]" * 300),
    ],
)
async def test_an_odd_past_does_not_silence_the_model(
    kind: str, arguments: dict[str, Any], output: str
) -> None:
    call, result = ToolCall("c", "f", arguments), ToolResult("c", "f", output)
    past = (
        visitor("Hi"),
        Turn(Role.AGENT, None, (call,)),
        Turn(Role.AGENT, tool_results=(result,)),
    )
    async with replaying(Backend(kind, "m"), TEXT) as (llm, here):
        await answered(llm, Ask("Be kind.", past))

    assert here.heard[0].json
    assert b"Hi" in here.heard[0].body


async def test_a_result_that_is_nested_too_deeply_stays_a_text() -> None:
    output = orjson.dumps(deep(100)).decode()
    call, result = ToolCall("c", "f"), ToolResult("c", "f", output)
    past = (Turn(Role.AGENT, None, (call,)), Turn(Role.AGENT, tool_results=(result,)))
    async with replaying(Backend("gemini", "m"), TEXT) as (llm, here):
        await answered(llm, Ask("", past))

    part = here.heard[0].json["contents"][-1]["parts"][0]
    assert part["functionResponse"]["response"] == {"output": output}


async def test_half_a_character_of_a_visitor_is_sent_as_a_question_mark() -> None:
    async with replaying(OPENAI, TEXT) as (llm, here):
        await answered(llm, Ask("", (visitor("Hi \ud800"),)))

    assert here.heard[0].json["messages"] == [{"role": "user", "content": "Hi ?"}]


async def test_a_connection_that_breaks_after_the_answer_spoils_nothing() -> None:
    async with replaying(OPENAI, replace(TEXT, cut=True)) as (llm, _):
        answer = await answered(llm)

    assert (answer.text, answer.trouble) == ("We open at 7:30 – bienvenue ☕.", None)


@pytest.mark.parametrize("count", ["many", 10**18, -5, [1]])
async def test_a_count_of_tokens_that_is_none_counts_nothing(count: Any) -> None:
    usage = {"prompt_tokens": count, "completion_tokens": 7}
    done = {"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}], "usage": usage}
    async with replaying(OPENAI, events(done)) as (llm, _):
        answer = await answered(llm)

    assert answer.usage == Usage("m", 0, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "inside.example"),
        ("Transfer-Encoding", "chunked"),
        ("content-length", "5"),
        ("Connection", "upgrade"),
        ("Upgrade", "h2c"),
        ("Accept-Encoding", "gzip"),
    ],
)
async def test_headers_of_the_connection_are_not_a_members_to_set(name: str, value: str) -> None:
    backend = replace(OPENAI, headers=((name, value), ("X-Org", "o")))
    async with replaying(backend, TEXT) as (llm, here):
        answer = await answered(llm)

    assert (answer.trouble, here.heard[0].headers["x-org"]) == (None, "o")
    assert here.heard[0].headers.get(name.lower()) != value


@pytest.mark.parametrize(
    "header", [("X A", "b"), ("X", "a\r\nEvil: 1"), ("", "x"), ("X", "\ud800"), ("é", "x")]
)
async def test_headers_that_cannot_be_written_are_trouble_in_words(header: Any) -> None:
    async with replaying(replace(OPENAI, headers=(header,)), TEXT) as (llm, here):
        answer = await answered(llm)

    assert answer.trouble
    assert "could not be written" in answer.trouble.reason
    assert here.heard == []


async def test_a_misspelt_list_of_the_operators_is_trouble_in_words() -> None:
    backend = replace(OPENAI, trusted=False, allow=("http://inside.example/x",))
    async with replaying(backend, TEXT) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert "PARLEY_EGRESS_ALLOW" in answer.trouble.reason
    assert "inside.example" not in answer.trouble.reason
