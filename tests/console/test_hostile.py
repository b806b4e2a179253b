"""Odd addresses and odd texts: a page or a word beside the field, never a 500."""

from __future__ import annotations

import html

import pytest
from django.test import Client, override_settings

from dashboard.agents.models import Agent
from dashboard.conversations.models import StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.engine.turns import Role, ToolCall, Turn, visitor
from dashboard.workspaces.models import ApiKey, Workspace

from .conftest import talk

pytestmark = pytest.mark.both_profiles

MODEL = {"kind": "openai", "model": "gpt-4o-mini"}


# --- Addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/agents/%00/",
        "/agents/a%00b/",
        "/conversations/%00/",
        "/conversations/?agent=%00",
        "/settings/models/%00/",
    ],
)
def test_an_id_that_is_none_is_a_404(adas: Client, path: str) -> None:
    assert adas.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/agents/%00/test-chat/",
        "/conversations/%00/judge/",
        "/settings/models/%00/check/",
        "/settings/models/%00/remove/",
        "/settings/api-keys/%00/revoke/",
    ],
)
def test_a_deed_on_an_id_that_is_none_is_a_404(adas: Client, path: str) -> None:
    assert adas.post(path).status_code == 404


@pytest.mark.parametrize(
    "place",
    [
        "2026-01-01T00:00:00%2B00:00~a%00b",
        "0001-01-01T00:00:00%2B14:00~x",
        "9999-12-31T23:59:59-14:00~x",
        "garbage",
        "%00~%00",
    ],
)
def test_a_forged_place_is_the_first_page(adas: Client, agent: Agent, place: str) -> None:
    talk(agent)

    for path in ("/agents/?after=", "/conversations/?after=", "/conversations/?top="):
        answer = adas.get(path + place)
        assert answer.status_code == 200, path
        assert "Harbour Helper" in answer.content.decode()


# --- Keys ------------------------------------------------------------------------------------


def test_a_key_name_with_a_nul_is_refused_in_words(adas: Client, workspace: Workspace) -> None:
    answer = adas.post("/settings/api-keys/", {"name": "Shop\0"})

    assert answer.status_code == 422
    assert "Write a name" in answer.content.decode()
    assert not workspace.api_keys.exists()


def test_a_key_that_the_server_sets_is_said_to_come_back(
    adas: Client, workspace: Workspace
) -> None:
    fixed, _ = ApiKey.make(workspace, "First key", None, "sk-from-the-operator")
    ApiKey.make(workspace, "Shop", None)

    with override_settings(API_KEY="sk-from-the-operator"):
        page = adas.get("/settings/api-keys/").content.decode()
        told = adas.post(f"/settings/api-keys/{fixed.pk}/revoke/", follow=True).content.decode()

    assert page.count("comes back at the next start") == 1
    assert page.count("This cannot be undone") == 1
    assert "PARLEY_API_KEY" in told
    assert "sk-from-the-operator" not in page + told


# --- Models ----------------------------------------------------------------------------------


def test_a_model_with_a_long_name_keeps_its_key(adas: Client, workspace: Workspace) -> None:
    answer = adas.post("/settings/models/", {**MODEL, "model": "m" * 200, "key": "sk-hush"})

    assert answer.status_code == 302
    assert len(workspace.secrets.get().name) <= 120


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:hunter2@models.example/v1",
        "https://ada@models/v1",
        "http://a b/v1",
        "http://models /v1",
        "http://models/v1\r\nX-Evil: 1",
        "http://models.example/v1\r\nX-Evil: 1",
        "http:///v1",
        "http://models:port/v1",
    ],
)
def test_an_address_that_could_not_work_is_refused(
    adas: Client, workspace: Workspace, url: str
) -> None:
    answer = adas.post("/settings/models/", {**MODEL, "url": url})

    assert answer.status_code == 422
    assert 'id="url-error"' in answer.content.decode() or "Use https://" in answer.content.decode()
    assert not workspace.model_backends.exists()


def test_a_login_inside_an_address_is_told_where_the_key_belongs(adas: Client) -> None:
    answer = adas.post("/settings/models/", {**MODEL, "url": "https://ada:pw@models.example"})

    assert "the key has a field of its own" in answer.content.decode()


@pytest.mark.parametrize(
    "url",
    ["https://models.example/v1", "http://ollama:11434", "http://localhost:1", "http://[::1]"],
)
def test_an_address_that_works_is_kept(adas: Client, workspace: Workspace, url: str) -> None:
    adas.post("/settings/models/", {**MODEL, "url": url})

    assert workspace.model_backends.get().url == url


# --- Ready-made agents -----------------------------------------------------------------------


def test_a_variable_in_a_need_is_refused_beside_its_field(
    adas: Client, workspace: Workspace
) -> None:
    typed = {"calcom_key": "cal_live_hush", "calcom_event_types": "15 minutes {{minutes}}: 1351800"}

    answer = adas.post("/agents/new/calcom/", typed)

    assert answer.status_code == 422
    assert "Leave out {{minutes}}" in html.unescape(answer.content.decode())
    assert not workspace.agents.exists()
    assert not workspace.secrets.exists()


# --- Transcripts -----------------------------------------------------------------------------


def test_a_very_long_message_is_cut_and_says_so(adas: Client, agent: Agent) -> None:
    found = talk(agent)
    StoredTurn.objects.create(conversation=found, number=1, **as_row(visitor("word " * 10_000)))

    page = adas.get(f"/conversations/{found.pk}/").content.decode()

    assert "30,000 more characters" in page
    assert len(page) < 60_000


def test_a_tool_call_with_odd_arguments_is_shown(adas: Client, agent: Agent) -> None:
    found, deep = talk(agent), {}
    for _ in range(300):
        deep = {"a": deep}
    call = ToolCall("c1", "order", {"number": 10**20, "deep": deep})
    StoredTurn.objects.create(
        conversation=found, number=1, **as_row(Turn(Role.AGENT, None, tool_calls=(call,)))
    )

    page = html.unescape(adas.get(f"/conversations/{found.pk}/").content.decode())

    assert f'"number": {10**20}' in page or f'"number":{10**20}' in page
