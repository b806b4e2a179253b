"""Everything that goes wrong under /v1/ says so in JSON, in the form that clients read."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory
from ninja import NinjaAPI

from dashboard.agents.models import Agent
from dashboard.api.errors import speak_json
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


def test_what_is_too_large_is_told_the_limit(ask: Caller, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2

    response = ask.post("/convai/agents/create", {"conversation_config": {"x": "y" * 1024**2}})

    assert detail(response, 413)["message"] == "A request has at most 1 MB."


def test_a_slash_at_the_end_is_named_as_the_trouble(ask: Caller) -> None:
    told = detail(ask.get("/convai/agents/"), 404)

    assert "no slash at their end" in told["message"]
    assert "slash" not in detail(ask.get("/convai/agentz"), 404)["message"]


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
    assert any("agents" in place for place in record.__dict__["places"])
    assert told["type"] == "internal_error"


@pytest.mark.parametrize(
    "error",
    [
        UnicodeDecodeError("utf-8", b"VISITORTEXT \xff", 12, 13, "invalid start byte"),
        ValueError("VISITORTEXT"),
        KeyError("VISITORTEXT"),
        type("Custom", (Exception,), {})("VISITORTEXT"),
    ],
)
def test_the_log_has_the_kind_and_the_places_of_an_error_and_not_its_words(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    door = NinjaAPI(urls_namespace="broken")
    speak_json(door)

    try:
        raise RuntimeError("VISITORTEXT too") from error
    except RuntimeError as trouble:
        answer = door.on_exception(RequestFactory().get("/v1/"), trouble)

    [record] = caplog.records
    assert answer.status_code == 500
    assert "VISITORTEXT" not in caplog.text + str(record.__dict__) + str(answer.content)
    assert record.__dict__["error"].startswith("builtins.RuntimeError < ")
    assert type(error).__qualname__ in record.__dict__["error"]
    assert "test_errors.py" in record.__dict__["places"][-1]


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
