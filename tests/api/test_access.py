"""What a key may do: by its scope, until it expires or is revoked; its last use is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.conversations.admission import Entry, Knock, Refused, enter
from dashboard.workspaces.models import ApiKey, AuditEntry, Scope, User, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles


def _caller(workspace: Workspace, **facts: Any) -> Caller:
    return Caller(ApiKey.make(workspace, "scoped", None, **facts)[1])


def _refusal(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()["detail"]


def test_a_key_that_reads_changes_nothing(workspace: Workspace, agent: Agent) -> None:
    reader = _caller(workspace, scope=Scope.READ)

    assert reader.get("/convai/agents").status_code == 200
    assert reader("HEAD", f"/convai/agents/{agent.pk}").status_code == 200
    for method, path, body in (
        ("POST", "/convai/agents/create", {"conversation_config": {}}),
        ("PATCH", f"/convai/agents/{agent.pk}", {"name": "Mine"}),
        ("DELETE", f"/convai/agents/{agent.pk}", None),
    ):
        told = _refusal(reader(method, path, body), 403)
        assert told["status"] == "missing_permissions"
        assert "may only read" in told["message"]
    agent.refresh_from_db()
    assert (agent.name, agent.deleted_at) == ("Barista", None)
    assert workspace.agents.count() == 1


def test_a_key_that_starts_conversations_does_nothing_else(
    workspace: Workspace, agent: Agent
) -> None:
    starter = _caller(workspace, scope=Scope.START)
    path = f"/convai/conversation/get-signed-url?agent_id={agent.pk}"

    assert starter.get(path).status_code == 200
    for method, other in (
        ("GET", "/convai/agents"),
        ("GET", f"/convai/agents/{agent.pk}"),
        ("GET", "/convai/conversations"),
        ("POST", "/convai/agents/create"),
    ):
        told = _refusal(starter(method, other, {"conversation_config": {}}), 403)
        assert "only start conversations" in told["message"]


@pytest.mark.parametrize("scope", list(Scope))
def test_every_scope_opens_the_socket_of_a_private_agent(
    workspace: Workspace, agent: Agent, scope: Scope
) -> None:
    agent.limits.needs_signature = True
    agent.limits.save()
    _, text = ApiKey.make(workspace, "chat", None, scope=scope)

    assert isinstance(enter(Knock(agent.pk, api_key=text)), Entry)


_LOGIN = "Bearer hush-hush-12345"
_HEADERS = {
    "Authorization": _LOGIN,
    "X-Shop": {"secret_id": "secret_1"},
    "X-Visitor": {"variable_name": "visitor"},
}


def _tool_document() -> dict[str, Any]:
    api = {"url": "https://shop.example", "request_headers": _HEADERS}
    listed = {"type": "object", "properties": {"request_headers": {"type": "string"}}}
    api["request_body_schema"] = listed
    return {"type": "webhook", "name": "order", "description": "d", "api_schema": api}


@pytest.fixture
def logins(ask: Caller) -> list[str]:
    """Everywhere that a login can be typed as a plain header; the paths that show it."""
    tool = ask.post("/convai/tools", {"tool_config": _tool_document()}).json()["id"]
    hook = {"url": "https://shop.example", "request_headers": {"Authorization": _LOGIN}}
    start = {"conversation_initiation_client_data_webhook": hook}
    assert ask.patch("/convai/settings", start).status_code == 200
    custom = {"url": "https://llm.example", "request_headers": _HEADERS}
    config = {"agent": {"prompt": {"tools": [_tool_document()], "custom_llm": custom}}}
    told = {"conversation_config": config, "platform_settings": {"workspace_overrides": start}}
    made = ask.post("/convai/agents/create", told).json()["agent_id"]
    return [f"/convai/tools/{tool}", "/convai/tools", "/convai/settings", f"/convai/agents/{made}"]


def test_a_key_that_reads_sees_no_login_in_headers(
    ask: Caller, workspace: Workspace, logins: list[str]
) -> None:
    reader = _caller(workspace, scope=Scope.READ)

    for path in logins:
        told, whole = reader.get(path), ask.get(path)
        assert told.status_code == 200
        assert "hush" not in told.content.decode()
        assert "••••" in told.content.decode()
        assert _LOGIN in whole.content.decode()


def test_a_key_that_reads_sees_everything_else(workspace: Workspace, logins: list[str]) -> None:
    reader = _caller(workspace, scope=Scope.READ)

    api = reader.get(logins[0]).json()["tool_config"]["api_schema"]

    assert api["request_headers"] == _HEADERS | {"Authorization": "••••"}
    fields = api["request_body_schema"]["properties"]
    assert fields["request_headers"]["type"] == "string"


def test_an_expired_key_opens_nothing_and_is_told_why(workspace: Workspace, agent: Agent) -> None:
    over = _caller(workspace, expires_at=timezone.now() - timedelta(seconds=1))

    told = _refusal(over.get("/convai/agents"), 401)

    assert told["status"] == "invalid_api_key"
    assert told["message"].startswith("This API key has expired.")
    assert isinstance(enter(Knock(agent.pk, api_key=over.key)), Refused)


def test_a_key_works_until_it_expires(workspace: Workspace) -> None:
    still = _caller(workspace, expires_at=timezone.now() + timedelta(minutes=1))

    assert still.get("/convai/agents").status_code == 200


def test_a_revoked_key_stops_at_once(workspace: Workspace) -> None:
    caller = _caller(workspace)
    assert caller.get("/convai/agents").status_code == 200

    workspace.api_keys.update(revoked_at=timezone.now())

    assert "revoked" in _refusal(caller.get("/convai/agents"), 401)["message"]


def test_the_last_use_is_kept_to_the_minute(workspace: Workspace, django_assert_num_queries: Any):
    caller = _caller(workspace)
    caller.get("/convai/agents")
    first = workspace.api_keys.get().last_used_at
    assert first is not None

    with django_assert_num_queries(2):  # the key, the list
        caller.get("/convai/agents")

    assert workspace.api_keys.get().last_used_at == first
    workspace.api_keys.update(last_used_at=first - timedelta(minutes=2))
    caller.get("/convai/agents")
    assert (workspace.api_keys.get().last_used_at or first) > first - timedelta(minutes=1)


def test_a_refused_key_is_not_used(workspace: Workspace) -> None:
    over = _caller(workspace, expires_at=timezone.now() - timedelta(days=1))

    over.get("/convai/agents")

    assert workspace.api_keys.get().last_used_at is None


def test_a_key_is_kept_as_a_fingerprint(workspace: Workspace, ada: User) -> None:
    _, text = ApiKey.make(workspace, "secret", ada)

    kept = str(list(ApiKey.objects.values()))

    assert text not in kept
    assert text[:-4] not in kept


def test_the_log_names_the_key_that_changed_something(
    ask: Caller, workspace: Workspace, ada: User
) -> None:
    from dashboard.api.auth import Request, caller
    from dashboard.workspaces import audit

    request = Request()
    request.auth = workspace.api_keys.get()
    vars(request)["request_id"] = "req_1"

    entry = audit.record(workspace, caller(request), "agent.created", workspace, after={"a": 1})

    assert entry is not None
    found = AuditEntry.objects.get(pk=entry.pk)
    assert (found.user, found.key, found.who) == (ada, request.auth, "key tests")
    assert (found.door, found.request_id) == ("api", "req_1")
