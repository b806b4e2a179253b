"""What is repeated of a server's own words: short codes, and never the key."""

from __future__ import annotations

import orjson
import pytest

from dashboard.providers.llms.backends import Backend

from .hearing import KEY, answered, events, refused, replaying

OPENAI = Backend("openai", "m", "/v1")


@pytest.mark.parametrize(
    "code",
    [
        KEY,
        "sk_secret_key",
        "SK_SECRET_KEY",
        "the_sk_secret_key_is_bad",
        "secret_key",
        "sk-proj-MYSECRETKEY123",
        "MYSECRETKEY123",
        "a" * 60,
        "When do you open",
        "x.y.z",
    ],
)
@pytest.mark.parametrize("place", ["type", "code", "status", "param"])
async def test_a_code_that_may_be_the_key_is_not_repeated(code: str, place: str) -> None:
    async with replaying(OPENAI, refused(400, orjson.dumps({"error": {place: code}}).decode())) as (
        llm,
        _,
    ):
        answer = await answered(llm)

    assert answer.trouble
    assert answer.trouble.reason == "m (127.0.0.1) refused the request (400)."


@pytest.mark.parametrize("code", ["invalid_api_key", "RESOURCE_EXHAUSTED", "temperature"])
async def test_an_ordinary_code_is_repeated(code: str) -> None:
    async with replaying(
        OPENAI, refused(400, orjson.dumps({"error": {"code": code}}).decode())
    ) as (
        llm,
        _,
    ):
        answer = await answered(llm)

    assert answer.trouble
    assert code in answer.trouble.reason


async def test_an_error_in_mid_answer_does_not_repeat_the_key() -> None:
    async with replaying(OPENAI, events({"error": {"code": "sk_secret_key"}})) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert answer.trouble.reason.endswith("an error in mid-answer.")


async def test_a_reason_to_decline_does_not_repeat_the_key() -> None:
    blocked = events({"promptFeedback": {"blockReason": KEY}})
    async with replaying(Backend("gemini", "m"), blocked) as (llm, _):
        answer = await answered(llm)

    assert answer.trouble
    assert KEY not in answer.trouble.reason
