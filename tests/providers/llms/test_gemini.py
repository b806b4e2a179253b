"""Google's Gemini API: recordings replayed, and requests as they are sent."""

from __future__ import annotations

import pytest

from dashboard.engine.ports import Ask
from dashboard.engine.turns import Role, ToolCall, ToolResult, ToolSpec, Turn, Usage, visitor
from dashboard.providers.llms.backends import Backend

from .hearing import KEY, STORY, VERDICT, WEATHER, answered, recorded, refused, replaying

GEMINI = Backend("gemini", "gemini-3-flash")


@pytest.mark.parametrize("size", [0, 1, 50])
async def test_a_text_arrives_however_it_is_cut(size):
    async with replaying(GEMINI, recorded("gemini-text.sse", size)) as (llm, here):
        answer = await answered(llm)

    assert answer.text == "We open at 7:30 ☕."
    assert answer.usage == Usage("gemini-3-flash", 40, 30)
    assert here.heard[0].path == "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse"
    assert here.heard[0].headers["x-goog-api-key"] == KEY


async def test_calls_get_ids_and_keep_their_signatures():
    async with replaying(GEMINI, recorded("gemini-tools.sse")) as (llm, here):
        calls = tuple((await answered(llm)).calls)
        results = tuple(ToolResult(call.id, call.name, '{"degrees": 4}') for call in calls)
        turns = (
            visitor("?"),
            Turn(Role.AGENT, None, calls),
            Turn(Role.AGENT, tool_results=results),
        )
        await answered(llm, Ask("", turns))

    assert [(c.name, c.arguments) for c in calls] == [
        ("get_weather", {"city": "Oslo"}),
        ("list_days", {}),
    ]
    assert len({call.id for call in calls}) == 2
    assert here.heard[1].json["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {
                    "functionCall": {"name": "get_weather", "args": {"city": "Oslo"}},
                    "thoughtSignature": "CiQBVKhc7vB",
                },
                {"functionCall": {"name": "list_days", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": name, "response": {"output": {"degrees": 4}}}}
                for name in ("get_weather", "list_days")
            ],
        },
    ]


@pytest.mark.parametrize(
    ("model", "signature"),
    [("gemini-3-flash", "skip_thought_signature_validator"), ("gemini-2.5-flash", None)],
)
async def test_calls_of_another_model_are_marked_unsigned_where_that_matters(model, signature):
    backend = Backend("gemini", model)
    async with replaying(backend, recorded("gemini-text.sse")) as (llm, here):
        await answered(llm, Ask("Be kind.", STORY, (WEATHER,), temperature=0.2, max_tokens=9))

    body = here.heard[0].json
    roles = [content["role"] for content in body["contents"]]
    assert roles == ["user", "model", "user", "model", "user", "model", "user"]
    called = body["contents"][3]["parts"]
    assert [part.get("thoughtSignature") for part in called] == [None, signature, None]
    assert body["contents"][4]["parts"][1]["functionResponse"]["response"] == {
        "error": "No result: nobody answered."
    }
    assert body["systemInstruction"] == {"parts": [{"text": "Be kind."}]}
    assert body["generationConfig"] == {"temperature": 0.2, "maxOutputTokens": 9}


@pytest.mark.parametrize(
    ("recording", "says", "transient"),
    [
        ("gemini-blocked.sse", "declined to answer (prohibited_content)", False),
        ("gemini-safety.sse", "declined to answer (safety)", False),
        ("gemini-malformed.sse", "got lost in a tool call", True),
    ],
)
async def test_what_goes_wrong_is_told(recording, says, transient):
    async with replaying(GEMINI, recorded(recording)) as (llm, _):
        answer = await answered(llm)

    assert says in answer.trouble.reason
    assert answer.trouble.transient is transient


async def test_a_forced_tool_is_forced_and_declared_in_the_small_dialect():
    bare = ToolSpec("ping")
    async with replaying(GEMINI, recorded("gemini-tools.sse")) as (llm, here):
        await answered(llm, Ask("", (visitor("…"),), (bare,), must_call=VERDICT))

    body = here.heard[0].json
    ping, verdict = body["tools"][0]["functionDeclarations"]
    assert ping == {"name": "ping", "description": "ping"}
    assert verdict["parameters"]["properties"]["outcome"] == {
        "type": "string",
        "enum": ["success", "failure"],
    }
    assert body["toolConfig"]["functionCallingConfig"] == {
        "mode": "ANY",
        "allowedFunctionNames": ["record_verdict"],
    }


async def test_a_model_cannot_lead_to_another_path():
    backend = Backend("gemini", "gemini-x/../../../files?x=")
    async with replaying(backend, recorded("gemini-text.sse")) as (llm, here):
        await answered(llm)

    assert here.heard[0].path.startswith("/v1beta/models/gemini-x%2F..%2F..%2F..%2Ffiles%3Fx%3D:")


async def test_the_wait_that_the_body_asks_for_is_kept():
    body = (
        '{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "sk-secret-key", '
        '"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}]}}'
    )
    async with replaying(GEMINI, refused(429, body)) as (llm, _):
        trouble = (await answered(llm)).trouble

    assert (trouble.transient, trouble.retry_after) == (True, 37)
    assert "RESOURCE_EXHAUSTED" in trouble.reason
    assert KEY not in trouble.reason


async def test_a_call_without_arguments_has_none():
    async with replaying(GEMINI, recorded("gemini-tools.sse")) as (llm, _):
        answer = await answered(llm)

    assert answer.calls[1] == ToolCall("fc-2", "list_days", {})
