"""What every answer under /v1/ carries, whatever it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboard.agents.models import Agent

from .conftest import Caller
from .test_errors import detail

pytestmark = pytest.mark.both_profiles


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


def test_no_cache_keeps_what_a_key_has_opened(ask: Caller, stranger: Caller, agent: Agent) -> None:
    closed = [
        ask.get("/convai/agents"),
        ask.get(f"/convai/agents/{agent.pk}"),
        ask.get("/convai/agents/nobody"),
        ask.get("/convai/agents?page_size=0"),
        ask("HEAD", "/convai/agents"),
        ask("PUT", "/convai/agents/create", {}),
        ask.delete(f"/convai/agents/{agent.pk}"),
        ask.get("/nothing"),
        stranger.get("/convai/agents"),
    ]

    assert {one.headers["Cache-Control"] for one in closed} == {"private, no-store"}
    widget = stranger.get(f"/convai/agents/{agent.pk}/widget")
    assert widget.headers["Cache-Control"] == "no-cache"
    assert stranger.get("/openapi.json").headers["Cache-Control"] == "no-cache"
