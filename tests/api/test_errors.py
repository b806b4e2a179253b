"""Everything that goes wrong under /v1/ says so in JSON, in the form that clients read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.workspaces.models import ApiKey

from .conftest import Caller

pytestmark = pytest.mark.both_profiles


def detail(response: Any, status: int) -> Any:
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("application/json")
    return response.json()["detail"]


def test_no_key_is_told_to_bring_one(stranger: Caller) -> None:
    assert detail(stranger.get("/convai/agents"), 401)["status"] == "needs_authorization"


def test_a_wrong_key_is_named_as_such(stranger: Caller) -> None:
    response = stranger.get("/convai/agents", **{"xi-api-key": "sk_wrong"})

    assert detail(response, 401)["status"] == "invalid_api_key"


def test_a_revoked_key_opens_nothing(ask: Caller) -> None:
    from django.utils import timezone

    ApiKey.objects.update(revoked_at=timezone.now())

    assert detail(ask.get("/convai/agents"), 401)["status"] == "invalid_api_key"


@pytest.mark.parametrize("path", ["/nothing", "/convai/agents/", "/convai/a/b/c", "/convai"])
def test_an_unknown_route_is_a_404_in_json(ask: Caller, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert detail(ask(method, path), 404)["status"] == "not_found"


def test_a_wrong_method_is_a_405_that_names_the_right_ones(ask: Caller) -> None:
    response = ask("PUT", "/convai/agents/create", {})

    assert detail(response, 405)["status"] == "method_not_allowed"
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"name": ', "json_invalid"),
        (b"", "missing"),
        (b"[]", "model_attributes_type"),
        (b'"text"', "model_attributes_type"),
        (b"null", "model_attributes_type"),
        (b"NaN", "json_invalid"),
        (b'{"conversation_config": {"x": "\\u0000"}}', "json_invalid"),
        (b'{"conversation_config": {"x": "\\ud800"}}', "json_invalid"),
        (b'{"conversation_config": ' + b'{"a":' * 70 + b"1" + b"}" * 71, "json_invalid"),
        (b'{"conversation_config": ' + b"[" * 5000, "json_invalid"),
        (b"\xff\xfe", "json_invalid"),
    ],
)
def test_a_body_that_cannot_be_used_is_a_422(ask: Caller, body: bytes, kind: str) -> None:
    errors = detail(ask("POST", "/convai/agents/create", body), 422)

    assert errors[0]["loc"][0] == "body"
    assert kind in [error["type"] for error in errors] or kind == "model_attributes_type"
    assert set(errors[0]) == {"loc", "msg", "type"}
    assert Agent.objects.count() == 0


def test_a_body_of_another_kind_is_a_415(ask: Caller) -> None:
    response = ask("POST", "/convai/agents/create", b"a=b", content_type="text/plain")

    assert detail(response, 415)["status"] == "unsupported_media_type"


def test_a_body_that_is_too_large_is_a_413(ask: Caller, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    response = ask.post("/convai/agents/create", {"conversation_config": {"x": "y" * 200}})

    assert detail(response, 413)["status"] == "too_large"


def test_a_wrong_query_names_the_parameter(ask: Caller) -> None:
    errors = detail(ask.get("/convai/agents?page_size=0"), 422)

    assert errors[0]["loc"] == ["query", "page_size"]


def test_a_wrong_host_is_refused_in_json(ask: Caller, settings: LazySettings) -> None:
    settings.ALLOWED_HOSTS = ["only.example"]

    assert detail(ask.get("/convai/agents"), 400)["status"] == "bad_request"


@pytest.mark.parametrize(
    "agent_id", ["x", "a" * 10_000, "%00", "..", "%F0%9F%A6%8A", "a%20b", "'--"]
)
def test_a_garbage_id_is_a_404(ask: Caller, agent_id: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        assert detail(ask(method, f"/convai/agents/{agent_id}", {}), 404)["status"]
    assert detail(ask.get(f"/convai/conversations/{agent_id}"), 404)["status"]
    signed = ask.get(f"/convai/conversation/get-signed-url?agent_id={agent_id}")
    assert signed.status_code in (404, 422)


def test_a_broken_server_gives_an_id_and_nothing_else(
    ask: Caller, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    Agent.objects.update(version=None)  # a row that cannot be

    told = detail(ask.get(f"/convai/agents/{agent.pk}"), 500)

    assert told["status"] == "internal_error"
    assert agent.pk not in str(told)
    [record] = caplog.records
    assert told["request_id"] == record.__dict__["request_id"]
    assert told["type"] == "internal_error"


def test_a_refusal_leaves_no_address_in_the_log(
    ask: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    ask.get("/convai/conversation/get-signed-url?agent_id=nobody&search=private")

    assert "private" not in caplog.text
    assert not caplog.records


def test_pages_outside_v1_are_left_alone(db: None) -> None:
    response = Client().get("/there-is-no-such-page")

    assert not response.headers["Content-Type"].startswith("application/json")


def test_the_door_describes_itself(stranger: Caller) -> None:
    told = stranger.get("/openapi.json").json()

    assert "/v1/convai/agents/{agent_id}" in told["paths"]
    assert "KeyHeader" in told["components"]["securitySchemes"]


# --- What every answer carries ---------------------------------------------------------------


def test_every_answer_has_an_id_of_its_own(ask: Caller, stranger: Caller, agent: Agent) -> None:
    answers = [
        ask.get("/convai/agents"),
        ask.get("/convai/agents?page_size=0"),
        ask.get("/convai/agents/nobody"),
        ask.get("/nothing"),
        ask("PUT", "/convai/agents/create", {}),
        ask("OPTIONS", "/convai/agents"),
        stranger.get("/convai/agents"),
        stranger.get(f"/convai/agents/{agent.pk}/widget"),
    ]

    seen = [answer.headers["x-request-id"] for answer in answers]

    assert len(set(seen)) == len(answers)
    assert all(one.startswith("req_") for one in seen)


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/convai/agents/nobody", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("PUT", "/convai/agents/create", 405, "invalid_request"),
    ],
)
def test_a_refusal_says_its_type_its_code_and_its_id(
    ask: Caller, method: str, path: str, status: int, kind: str
) -> None:
    answer = ask(method, path, {})

    told = detail(answer, status)
    assert told["type"] == kind
    assert told["code"] == told["status"]
    assert told["message"]
    assert told["request_id"] == answer.headers["x-request-id"]


def test_a_failed_validation_has_its_id_in_the_header_alone(ask: Caller) -> None:
    answer = ask.post("/convai/agents/create", {})

    assert set(detail(answer, 422)[0]) == {"loc", "msg", "type"}
    assert answer.headers["x-request-id"]


def test_a_client_cannot_choose_the_id(ask: Caller) -> None:
    answer = ask.get("/convai/agents", **{"x-request-id": "req_mine"})

    assert answer.headers["x-request-id"] != "req_mine"


def test_head_is_answered_like_get_without_a_body(ask: Caller, agent: Agent) -> None:
    path = f"/convai/agents/{agent.pk}"

    told, silent = ask.get(path), ask("HEAD", path)

    assert (silent.status_code, silent.content) == (200, b"")
    assert silent.headers["Content-Length"] == str(len(told.content))
    assert ask("HEAD", "/convai/agents/nobody").status_code == 404
    assert ask("HEAD", "/convai/agents/create").status_code == 405


def test_options_names_the_methods(stranger: Caller) -> None:
    answer = stranger("OPTIONS", "/convai/agents")

    assert (answer.status_code, answer.content) == (204, b"")
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/convai/phone-numbers", "text mode"),
        ("/convai/phone-numbers/phnum_1", "text mode"),
        ("/convai/whatsapp-accounts", "text mode"),
        ("/convai/batch-calling/submit", "text mode"),
        ("/convai/twilio/outbound-call", "text mode"),
        ("/text-to-speech/voice_1", "text mode"),
        ("/voices", "text mode"),
        ("/convai/mcp-servers", "not on this server"),
        ("/convai/mcp-servers/mcp_1/tools", "not on this server"),
        ("/convai/agents/agent_1/branches/agtbrch_1", "not on this server"),
        ("/convai/environment-variables", "not on this server"),
        ("/convai/conversations/conv_1/tags", "not on this server"),
        ("/convai/knowledge-base/crawl/start", "not on this server"),
    ],
)
def test_a_route_of_the_hosted_platform_that_is_not_here_says_so(
    ask: Caller, path: str, word: str
) -> None:
    for method in ("GET", "POST", "PATCH"):
        told = detail(ask(method, path, {}), 404)
        assert told["status"] == "not_supported"
        assert word in told["message"]


@pytest.mark.parametrize("path", ["/convai/agentsbranches", "/convai/agents/x/branched", "/voice"])
def test_a_typo_is_no_route_of_the_hosted_platform(ask: Caller, path: str) -> None:
    assert detail(ask.get(path), 404)["status"] == "not_found"


def test_what_is_too_large_carries_its_id_and_can_be_read_by_pages() -> None:
    from asgiref.sync import async_to_sync

    from dashboard.body_limit import BodyLimit

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def never(*_: Any) -> None:
        raise AssertionError

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/convai/conversations/conv_1/files",
        "headers": [(b"content-length", b"99999")],
    }
    async_to_sync(BodyLimit(never, 100))(scope, never, send)  # type: ignore[arg-type]

    headers = dict(sent[0]["headers"])
    told = json.loads(sent[1]["body"])["detail"]
    assert sent[0]["status"] == 413
    assert headers[b"access-control-allow-origin"] == b"*"
    assert told["request_id"].encode() == headers[b"x-request-id"]
