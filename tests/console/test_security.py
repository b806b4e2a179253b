"""Security of an agent: who may start, what a page may change, the server that is asked."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.agents.revising import revise
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace

WEBHOOK = "conversation_initiation_client_data_webhook"
SWITCH = "enable_conversation_initiation_client_data_from_webhook"


def _path(agent: Agent, more: str = "") -> str:
    return f"/agents/{agent.pk}/security/{more}"


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def _stamp(client: Client, agent: Agent, card: str) -> str:
    """What the card carries, so that nobody saves over somebody."""
    page = client.get(_path(agent)).content.decode()
    found = re.search(rf'name="card" value="{card}"><input[^>]+name="seen" value="(\w+)"', page)
    assert found, page
    return found[1]


def _save(client: Client, agent: Agent, card: str, *, seen: str = "", **typed: Any) -> Any:
    stamp = seen or _stamp(client, agent, card)
    return client.post(_path(agent), {"card": card, "seen": stamp, **typed})


def _settings(agent: Agent) -> dict[str, Any]:
    """What the agent is told today."""
    settings: dict[str, Any] = Agent.objects.get(pk=agent.pk).told.platform_settings
    return settings


def _hosts(agent: Agent) -> list[str]:
    return list(agent.allowed_hosts.order_by("id").values_list("hostname", flat=True))


@pytest.mark.parametrize("more", ["", "sites/", "link/", "signed-link/"])
def test_cleo_finds_nothing_here(cleos: Client, agent: Agent, more: str):
    assert cleos.get(_path(agent)).status_code == 404
    assert cleos.post(_path(agent, more), {"card": "who", "add": "evil.example"}).status_code == 404
    assert _hosts(agent) == []
    assert agent.versions.count() == 1


@pytest.mark.parametrize("more", ["", "sites/", "link/", "signed-link/"])
def test_a_viewer_reads_and_may_not_save(viewers: Client, agent: Agent, ada: User, more: str):
    token = {"auth": {"shareable_token": "harbour-secret-link-1"}}
    revise(agent, {"platform_settings": token}, ada)

    page = _page(viewers, _path(agent))
    answer = viewers.post(_path(agent, more), {"card": "who", "add": "evil.example"})

    assert "You are a viewer here" in page
    assert "harbour-secret-link-1" not in page
    assert "Save. Takes effect at once" not in page
    assert answer.status_code == 403
    assert agent.versions.count() == 2


def test_an_agent_that_anybody_may_use_says_so_on_every_tab(adas: Client, agent: Agent):
    assert "needs attention" in _page(adas, f"/agents/{agent.pk}/")
    assert "Anyone, anywhere" in _page(adas, _path(agent))

    adas.post(_path(agent, "sites/"), {"add": "shop.example"})

    assert "needs attention" not in _page(adas, f"/agents/{agent.pk}/")
    assert "Anyone on my sites" in _page(adas, _path(agent))


def test_a_signed_link_can_be_demanded_and_the_change_is_on_record(
    adas: Client, agent: Agent, workspace: Workspace
):
    answer = _save(adas, agent, "who", enable_auth="on", require_origin="on")

    agent.limits.refresh_from_db()
    assert answer.status_code == 302
    assert agent.limits.needs_signature
    assert agent.limits.needs_origin
    assert _settings(agent)["auth"] == {"enable_auth": True, "require_origin_header": True}
    entry = workspace.audit.latest("at")
    assert entry.action == "agent.changed"
    assert "Whoever has a signed link" in _page(adas, _path(agent))


def test_a_saved_card_comes_back_alone_with_the_new_version(adas: Client, agent: Agent):
    typed = {"card": "who", "seen": _stamp(adas, agent, "who"), "enable_auth": "on"}

    answer = adas.post(_path(agent), typed, headers={"HX-Request": "true"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert 'id="card-who"' in page
    assert 'id="card-asking"' not in page
    assert 'data-version="2"' in page
    assert "Version 2 saved" in page


def test_what_others_save_on_another_card_does_not_disturb(
    adas: Client, bens: Client, agent: Agent
):
    seen = _stamp(adas, agent, "who")
    _save(bens, agent, "permissions", language="on")

    answer = _save(adas, agent, "who", seen=seen, enable_auth="on")

    assert answer.status_code == 302
    assert _settings(agent)["auth"]["enable_auth"] is True
    override = _settings(agent)["overrides"]["conversation_config_override"]
    assert override["agent"]["language"] is True


def test_two_who_save_the_same_card_are_told(adas: Client, bens: Client, agent: Agent):
    seen = _stamp(adas, agent, "permissions")
    _save(bens, agent, "permissions", language="on")

    answer = _save(adas, agent, "permissions", seen=seen, prompt="on")

    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "changed these fields since you opened this page" in page
    assert agent.versions.count() == 2
    again = re.search(r'value="permissions"><input[^>]+name="seen" value="(\w+)"', page)
    assert again
    assert re.search(r'name="prompt" value="on" checked', page), "what was typed stays"
    assert _save(adas, agent, "permissions", seen=again[1], prompt="on").status_code == 302


def test_a_card_that_there_is_not_is_no_page(adas: Client, agent: Agent):
    assert adas.post(_path(agent), {"card": "else"}).status_code == 404


def test_each_permission_is_its_own_switch_and_scripts_settings_stay(
    adas: Client, agent: Agent, ada: User
):
    before = {"conversation_config_override": {"tts": {"voice_id": True}}}
    revise(agent, {"platform_settings": {"overrides": before}}, ada)

    _save(adas, agent, "permissions", text_only="on", llm="on", extra_body="on")

    overrides = _settings(agent)["overrides"]
    assert overrides["conversation_config_override"] == {
        "tts": {"voice_id": True},
        "conversation": {"text_only": True},
        "agent": {
            "language": False,
            "first_message": False,
            "prompt": {"prompt": False, "llm": True},
        },
    }
    assert overrides["custom_llm_extra_body"] is True


def test_a_server_is_asked_with_a_secret_and_its_headers_can_be_taken_away(
    adas: Client, agent: Agent, workspace: Workspace
):
    secret = vault.keep(workspace, "Desk key", "sk-hush")
    header = {
        "header_name": ["Authorization", "X-Shop", ""],
        "header_source": [f"secret:{secret.pk}", "value", "value"],
        "header_text": ["", "harbour", ""],
    }

    _save(adas, agent, "asking", ask="on", url="https://desk.example/who", **header)

    settings = _settings(agent)
    assert settings["overrides"][SWITCH] is True
    assert settings["workspace_overrides"][WEBHOOK] == {
        "url": "https://desk.example/who",
        "request_headers": {"Authorization": {"secret_id": secret.pk}, "X-Shop": "harbour"},
    }
    fewer = {"header_name": ["X-Shop"], "header_source": ["value"], "header_text": ["harbour"]}
    _save(adas, agent, "asking", url="https://desk.example/who", **fewer)
    kept = _settings(agent)["workspace_overrides"][WEBHOOK]["request_headers"]
    assert kept == {"X-Shop": "harbour"}
    assert _settings(agent)["overrides"][SWITCH] is False
    _save(adas, agent, "asking", url="")
    assert WEBHOOK not in _settings(agent)["workspace_overrides"]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"ask": "on", "url": ""}, "url", "Write the address that is asked"),
        ({"url": "desk.example"}, "url", "Use https://"),
        ({"url": "http://127.0.0.1/x"}, "url", "inside a private network"),
        ({"url": "https://ada:pw@desk.example"}, "url", "Leave name and password out"),
        ({"header_name": "Host"}, "headers", "is set by the server itself"),
        ({"header_name": "", "header_text": "x"}, "headers", "Write the name of each header."),
        ({"header_name": "bad name"}, "headers", "letters, digits and dashes"),
        ({"header_source": "secret:nobody"}, "headers", "is not there. Choose another."),
    ],
)
def test_a_wrong_address_or_header_is_said_beside_its_field_and_nothing_is_lost(
    adas: Client, agent: Agent, typed: dict[str, str], field: str, said: str
):
    fine = {
        "url": "https://desk.example/who",
        "header_name": "X-Shop",
        "header_source": "value",
        "header_text": "harbour",
    }
    sent = fine | typed

    answer = _save(adas, agent, "asking", **sent)

    page = html.unescape(answer.content.decode())
    error = re.search(rf'id="{field}-error">.*?<span>(.*?)</span>', page, re.S)
    assert answer.status_code == 422
    assert error
    assert said in error[1]
    assert f'value="{sent["header_text"]}"' in page
    assert "ada:pw" not in page
    assert agent.versions.count() == 1


def test_another_workspaces_secret_cannot_be_sent(adas: Client, agent: Agent, cleo: User):
    theirs = vault.keep(cleo.memberships.get().workspace, "Cleo's", "sk-cleo")
    header = {
        "header_name": "Authorization",
        "header_source": f"secret:{theirs.pk}",
        "header_text": "",
    }

    answer = _save(adas, agent, "asking", url="https://desk.example", **header)

    assert answer.status_code == 422
    assert agent.versions.count() == 1


def test_a_viewer_reads_no_header_value(viewers: Client, agent: Agent, ada: User):
    hook = {"url": "https://desk.example/?key=hush-1", "request_headers": {"X-Key": "hush-2"}}
    change = {"workspace_overrides": {WEBHOOK: hook}}
    revise(agent, {"platform_settings": change}, ada)

    page = _page(viewers, _path(agent))

    assert "X-Key" in page
    assert "hush-1" not in page
    assert "hush-2" not in page
