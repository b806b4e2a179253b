"""Fields that a client sends for a custom model, and tokens as the vendors tell them."""

from __future__ import annotations

import pytest

from dashboard.engine.ports import Ask
from dashboard.engine.turns import Usage, visitor
from dashboard.providers.llms.backends import Backend

from .hearing import WEATHER, answered, events, recorded, replaying

OURS = Backend("openai", "our-own", "/v1")


async def test_fields_of_the_client_go_along() -> None:
    extra = {"elevenlabs_extra_body": {"tier": "gold"}, "top_p": 0.5}
    ask = Ask("", (visitor("Hi"),), extra_body=extra)

    async with replaying(OURS, recorded("openai-text.sse")) as (llm, here):
        await answered(llm, ask)

    body = here.heard[0].json
    assert (body["elevenlabs_extra_body"], body["top_p"]) == ({"tier": "gold"}, 0.5)


async def test_what_the_server_decides_is_never_the_clients() -> None:
    reserved = {
        "model": "dearer",
        "messages": [],
        "stream": False,
        "stream_options": {},
        "tools": [],
        "tool_choice": "none",
        "max_tokens": 1_000_000,
        "max_completion_tokens": 1_000_000,
        "n": 50,
        "temperature": 2,
    }
    plain = Ask("", (visitor("Hi"),), (WEATHER,), temperature=0.3)
    pushy = Ask("", (visitor("Hi"),), (WEATHER,), temperature=0.3, extra_body=reserved)

    async with replaying(OURS, *[recorded("openai-text.sse")] * 2) as (llm, here):
        await answered(llm, plain)
        await answered(llm, pushy)

    assert here.heard[0].json == here.heard[1].json


async def test_the_owners_fields_win_over_the_clients() -> None:
    backend = Backend("openai", "our-own", "/v1", extra_body=(("user", "owner"),))
    ask = Ask("", (visitor("Hi"),), extra_body={"user": "client"})

    async with replaying(backend, recorded("openai-text.sse")) as (llm, here):
        await answered(llm, ask)

    assert here.heard[0].json["user"] == "owner"


def said(usage: object) -> tuple[dict[str, object], dict[str, object]]:
    choice = {"delta": {"content": "Hi."}, "finish_reason": "stop"}
    return {"choices": [choice]}, {"choices": [], "usage": usage}


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 64},
            },
            Usage("our-own", 100, 5, cache_read=64),
        ),
        (
            {"prompt_tokens": 100, "completion_tokens": 5, "prompt_cache_hit_tokens": 32},
            Usage("our-own", 100, 5, cache_read=32),
        ),
        (
            {"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": "none"},
            Usage("our-own", 100, 5),
        ),
        ({"prompt_tokens": 100}, Usage("our-own", 100, 0, estimated=True)),
        (None, Usage("our-own", estimated=True)),
    ],
)
async def test_tokens_out_of_the_cache_are_told_apart(usage: object, counted: Usage) -> None:
    async with replaying(OURS, events(*said(usage))) as (llm, _):
        answer = await answered(llm)

    assert (answer.trouble, answer.usage) == (None, counted)


async def test_gemini_tells_what_was_in_its_cache() -> None:
    counts = {"promptTokenCount": 90, "candidatesTokenCount": 3, "cachedContentTokenCount": 40}
    message = {
        "candidates": [{"content": {"parts": [{"text": "Hi."}]}, "finishReason": "STOP"}],
        "usageMetadata": counts,
    }
    async with replaying(Backend("gemini", "gemini-2.5-flash"), events(message)) as (llm, _):
        answer = await answered(llm)

    assert answer.usage == Usage("gemini-2.5-flash", 90, 3, cache_read=40)
