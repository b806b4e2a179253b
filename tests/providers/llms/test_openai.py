"""Any OpenAI-compatible endpoint: recordings replayed, and requests as they are sent."""

from __future__ import annotations

import pytest

from dashboard.engine.ports import Ask
from dashboard.engine.turns import Excerpt, Role, ToolCall, ToolResult, Turn, Usage, visitor
from dashboard.providers.llms.backends import Backend

from .hearing import KEY, STORY, VERDICT, WEATHER, answered, recorded, refused, replaying

OPENAI = Backend("openai", "gpt-4o", "/v1")


@pytest.mark.parametrize("size", [0, 1, 7, 100])
async def test_a_text_arrives_however_it_is_cut(size):
    async with replaying(OPENAI, recorded("openai-text.sse", size)) as (llm, _):
        answer = await answered(llm)

    assert answer.text == "We open at 7:30 – bienvenue ☕."
    assert answer.usage == Usage("gpt-4o", 57, 11)


@pytest.mark.parametrize("size", [0, 11])
async def test_calls_are_put_together_from_fragments(size):
    async with replaying(OPENAI, recorded("openai-tools.sse", size)) as (llm, _):
        answer = await answered(llm)

    assert answer.calls == [
        ToolCall("call_DdmO9pD3xa9XTPNJ32zg2hcA", "get_weather", {"city": "Oslo"}),
        ToolCall("call_Xa9XTPNJ32zg2hcADdmO9pD3", "get_hours", {"day": "Monday", "open": True}),
    ]


async def test_calls_without_an_index_are_told_apart_by_their_ids():
    async with replaying(OPENAI, recorded("openai-compatible-tools.sse")) as (llm, _):
        answer = await answered(llm)

    assert [(c.id, c.arguments["city"]) for c in answer.calls] == [("a1", "Oslo"), ("a2", "Rome")]


@pytest.mark.parametrize(
    ("recording", "text"),
    [
        ("openai-compatible-reasoning.sse", "Hello there."),
        ("openai-compatible-think.sse", "Four degrees < five."),
        ("openai-refusal.sse", "I'm sorry, I can't help with that."),
        ("openai-azure.sse", "Hello"),
    ],
)
async def test_odd_servers_are_understood(recording, text):
    async with replaying(OPENAI, recorded(recording, 13)) as (llm, _):
        answer = await answered(llm)

    assert (answer.text, answer.trouble) == (text, None)
    assert answer.usage.model == "gpt-4o"


async def test_a_server_that_does_not_stream_is_understood():
    body = (
        '{"choices": [{"message": {"content": "All at once.", "tool_calls": [{"id": "c", '
        '"function": {"name": "get_weather", "arguments": "{}"}}]}, "finish_reason": "stop"}],\n'
        ' "usage": {"prompt_tokens": 3, "completion_tokens": 4}}'
    )
    async with replaying(OPENAI, refused(200, body)) as (llm, _):
        answer = await answered(llm)

    assert (answer.text, answer.calls) == ("All at once.", [ToolCall("c", "get_weather", {})])
    assert answer.usage == Usage("gpt-4o", 3, 4)


async def test_the_conversation_is_told_in_the_dialect():
    ask = Ask("Be kind.", STORY, (WEATHER,), temperature=0.3, max_tokens=50)
    async with replaying(OPENAI, recorded("openai-text.sse")) as (llm, here):
        await answered(llm, ask)

    body = here.heard[0].json
    assert here.heard[0].path == "/v1/chat/completions"
    assert here.heard[0].headers["authorization"] == f"Bearer {KEY}"
    calls = body["messages"][3].pop("tool_calls")
    assert [(c["id"], c["function"]["arguments"]) for c in calls] == [
        ("call00001", '{"city":"Oslo"}'),
        ("call00002", '{"city":"Rome"}'),
    ]
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "assistant", "content": "Hi, I am Ana."},
        {"role": "user", "content": "Weather in Oslo and Rome?"},
        {"role": "assistant", "content": "Let me look."},
        {"role": "tool", "tool_call_id": "call00001", "content": "4°"},
        {"role": "tool", "tool_call_id": "call00002", "content": "No result: nobody answered."},
        {"role": "assistant", "content": "Four degr"},
        {"role": "user", "content": "Thanks."},
        {"role": "user", "content": "And when do you open?"},
    ]
    assert body["tools"][0]["function"]["parameters"]["required"] == ["city"]
    assert (body["temperature"], body["max_tokens"], body["stream"]) == (0.3, 50, True)
    assert body["stream_options"] == {"include_usage": True}
    assert "tool_choice" not in body


async def test_found_passages_are_in_the_prompt():
    ask = Ask("Be kind.", (visitor("Hi"),), found=(Excerpt("d", "p", "Hours", "7:30 to 5", 0.1),))
    async with replaying(OPENAI, recorded("openai-text.sse")) as (llm, here):
        await answered(llm, ask)

    assert "7:30 to 5" in here.heard[0].json["messages"][0]["content"]


async def test_a_forced_tool_is_forced():
    ask = Ask("Judge.", (visitor("…"),), (WEATHER,), must_call=VERDICT)
    async with replaying(OPENAI, recorded("openai-tools.sse")) as (llm, here):
        await answered(llm, ask)

    body = here.heard[0].json
    assert [t["function"]["name"] for t in body["tools"]] == ["get_weather", "record_verdict"]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "record_verdict"}}


async def test_a_forced_call_that_was_written_as_text_is_taken():
    body = (
        '{"choices": [{"message": {"content": "```json\\n{\\"outcome\\": \\"success\\"}\\n```"}, '
        '"finish_reason": "stop"}]}'
    )
    ask = Ask("Judge.", (visitor("…"),), must_call=VERDICT)
    async with replaying(OPENAI, refused(200, body)) as (llm, _):
        answer = await answered(llm, ask)

    assert answer.calls == [ToolCall("record_verdict", "record_verdict", {"outcome": "success"})]
    assert answer.text == ""


async def test_a_model_that_will_not_call_the_forced_tool_is_trouble():
    ask = Ask("Judge.", (visitor("…"),), must_call=VERDICT)
    async with replaying(OPENAI, recorded("openai-text.sse")) as (llm, _):
        answer = await answered(llm, ask)

    assert "did not call the tool" in answer.trouble.reason
    assert (answer.text, answer.calls) == ("", [])


@pytest.mark.parametrize(
    ("complaint", "gone", "there"),
    [
        ('{"error": {"message": "Unknown field: stream_options"}}', "stream_options", "model"),
        (
            '{"error": {"message": "Unsupported parameter: \'max_tokens\' is not supported with '
            "this model. Use 'max_completion_tokens' instead.\"}}",
            "max_tokens",
            "max_completion_tokens",
        ),
        (
            '{"error": {"message": "Unsupported value.", "param": "temperature"}}',
            "temperature",
            "max_tokens",
        ),
    ],
)
async def test_a_field_that_a_server_refuses_is_left_out_from_then_on(complaint, gone, there):
    ask = Ask("", (visitor("Hi"),), temperature=0.1, max_tokens=9)
    answers = refused(400, complaint), recorded("openai-text.sse")
    async with replaying(OPENAI, *answers) as (llm, here):
        first, second = await answered(llm, ask), await answered(llm, ask)

    bodies = [heard.json for heard in here.heard]
    assert (first.trouble, second.trouble, len(bodies)) == (None, None, 3)
    assert gone in bodies[0]
    for body in bodies[1:]:
        assert gone not in body
        assert there in body


async def test_a_server_that_refuses_a_named_tool_is_told_that_some_tool_is_required():
    ask = Ask("Judge.", (visitor("…"),), (WEATHER,), must_call=VERDICT)
    complaint = '{"detail": [{"loc": ["body", "tool_choice"], "msg": "not a valid string"}]}'
    answers = refused(422, complaint), recorded("openai-tools.sse")
    async with replaying(OPENAI, *answers) as (llm, here):
        await answered(llm, ask)

    body = here.heard[1].json
    assert [t["function"]["name"] for t in body["tools"]] == ["record_verdict"]
    assert body["tool_choice"] == "required"


async def test_a_request_that_stays_refused_is_trouble_without_what_was_said():
    said = '{"error": {"message": "bad: When do you open? sk-secret-key", "code": "bad_prompt"}}'
    async with replaying(OPENAI, refused(400, said)) as (llm, here):
        answer = await answered(llm)

    assert answer.trouble.reason == "gpt-4o (127.0.0.1) refused the request (400, bad_prompt)."
    assert (answer.trouble.transient, len(here.heard)) == (False, 1)


@pytest.mark.parametrize(
    ("status", "body", "transient", "says"),
    [
        (401, '{"error": {"code": "invalid_api_key"}}', False, "refused the key (401, inv"),
        (404, "", False, "model's name is wrong"),
        (429, '{"error": {"code": "insufficient_quota"}}', False, "quota"),
        (429, "{}", True, "is busy"),
        (503, "<html>sk-secret-key</html>", True, "is in trouble (503)"),
        (308, "", False, "redirects"),
    ],
)
async def test_each_status_has_its_sentence(status, body, transient, says):
    async with replaying(OPENAI, refused(status, body, ("Retry-After", "7"))) as (llm, _):
        answer = await answered(llm)

    assert says in answer.trouble.reason
    assert answer.trouble.transient is transient
    assert answer.trouble.retry_after == (None if status == 400 else 7)
    assert KEY not in answer.trouble.reason


async def test_arguments_that_are_no_object_are_kept_as_garbled():
    body = (
        '{"choices": [{"message": {"tool_calls": [{"id": "c", "function": {"name": "f", '
        '"arguments": "{\\"city\\": "}}]}, "finish_reason": "tool_calls"}]}'
    )
    async with replaying(OPENAI, refused(200, body)) as (llm, _):
        answer = await answered(llm)

    assert answer.calls == [ToolCall("c", "f", garbled='{"city": ')]


async def test_a_call_that_ran_out_of_tokens_is_trouble():
    body = (
        '{"choices": [{"message": {"tool_calls": [{"id": "c", "function": {"name": "f", '
        '"arguments": "{\\"city\\": "}}]}, "finish_reason": "length"}]}'
    )
    async with replaying(OPENAI, refused(200, body)) as (llm, _):
        answer = await answered(llm)

    assert "ran out of tokens" in answer.trouble.reason


async def test_own_headers_and_fields_go_along():
    backend = Backend(
        "openai",
        "m",
        "/v1",
        headers=(("Authorization", "Token t"), ("X-Org", "o")),
        extra_body=(("stream_options", {"more": 1}), ("user", "u")),
    )
    async with replaying(backend, recorded("openai-text.sse")) as (llm, here):
        await answered(llm)

    heard = here.heard[0]
    assert (heard.headers["authorization"], heard.headers["x-org"]) == ("Token t", "o")
    assert heard.json["stream_options"] == {"include_usage": True, "more": 1}
    assert heard.json["user"] == "u"


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("", "/v1/chat/completions"),
        ("/", "/v1/chat/completions"),
        ("/api/v3/", "/api/v3/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
    ],
)
async def test_the_address_may_be_given_in_any_usual_form(base, path):
    async with replaying(Backend("openai", "m", base), recorded("openai-text.sse")) as (llm, here):
        await answered(llm)

    assert here.heard[0].path == path


async def test_a_history_of_only_results_without_calls_is_dropped():
    stray = Turn(Role.AGENT, tool_results=(ToolResult("gone", "get_weather", "4°"),))
    async with replaying(OPENAI, recorded("openai-text.sse")) as (llm, here):
        await answered(llm, Ask("", (stray, visitor("Hi"))))

    assert here.heard[0].json["messages"] == [{"role": "user", "content": "Hi"}]


async def test_a_backend_does_not_show_its_key():
    backend = Backend("openai", "m", api_key=KEY, headers=(("X-Key", KEY),))

    assert KEY not in repr(backend)
