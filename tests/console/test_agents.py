"""Agents: the list, making one, telling it something else."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client, override_settings

from dashboard.agents.models import Agent
from dashboard.agents.revising import create, retire, revise
from dashboard.conversations.models import Outcome, Status
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace

from .conftest import judged, talk


def _typed(agent: Agent, **changes: Any) -> dict[str, Any]:
    """What the agent's page sends when nothing is touched, and some changes."""
    page = {
        "version": agent.told.number,
        "name": agent.name,
        "prompt": agent.told.part("agent", "prompt", "prompt"),
        "first_message": agent.told.part("agent", "first_message"),
        "llm": agent.told.part("agent", "prompt", "llm"),
        "temperature": agent.told.part("agent", "prompt", "temperature"),
        "text_only": "on",
        **changes,
    }
    return {name: value for name, value in page.items() if value is not None}


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def test_an_empty_workspace_says_what_to_do(adas: Client):
    page = _page(adas, "/agents/")

    assert "Your agents will be here" in page
    assert 'href="/agents/new/"' in page


def test_the_list_counts_what_happened(adas: Client, agent: Agent):
    judged(talk(agent), Outcome.SUCCESS, "One")
    judged(talk(agent), Outcome.FAILURE, "Two")
    judged(talk(agent), Outcome.UNKNOWN, "Three")
    talk(agent, Status.FAILED)

    page = _page(adas, "/agents/")

    assert "Live · version 1" in page
    assert f'href="/conversations/?agent={agent.pk}">4</a>' in page
    assert "1 of 2 judged" in page
    assert "50 %" in page


def test_a_retired_agent_is_nowhere(adas: Client, agent: Agent):
    retire(agent)

    assert "Harbour Helper" not in _page(adas, "/agents/")
    assert adas.get(f"/agents/{agent.pk}/").status_code == 404


def test_cleo_sees_nothing_of_it(cleos: Client, agent: Agent):
    assert "Harbour Helper" not in _page(cleos, "/agents/")
    assert cleos.get(f"/agents/{agent.pk}/").status_code == 404
    assert cleos.post(f"/agents/{agent.pk}/", _typed(agent, name="Mine")).status_code == 404
    assert cleos.post(f"/agents/{agent.pk}/test-chat/").status_code == 404
    agent.refresh_from_db()
    assert agent.name == "Harbour Helper"


def test_the_list_takes_as_many_queries_for_fifty_agents_as_for_one(
    adas: Client, agent: Agent, workspace: Workspace, ada: User, django_assert_num_queries: Any
):
    with django_assert_num_queries(8):
        adas.get("/agents/")
    for number in range(60):
        talk(create(workspace, ada, name=f"Helper {number}"))

    with django_assert_num_queries(8):
        page = adas.get("/agents/").content.decode()

    assert page.count('class="p-whole"') == 50
    older = page.split('href="?after=')[1].split('"')[0]
    assert adas.get(f"/agents/?after={older}").content.decode().count('class="p-whole"') == 11


def test_the_page_shows_what_the_agent_is_told(adas: Client, agent: Agent):
    page = _page(adas, f"/agents/{agent.pk}/")

    assert "Be kind.</textarea>" in page
    assert 'value="Hi! Beans or brewing?"' in page
    assert "<option selected>gpt-4o</option>" in page
    assert 'value="0.3"' in page
    assert "gpt-4o is not set up here" in page
    assert f'agent-id="{agent.pk}"' in page


def test_a_model_whose_key_no_longer_opens_does_not_shut_the_page(
    adas: Client, agent: Agent, workspace: Workspace
):
    secret = vault.keep(workspace, "Key", "sk-hush")
    workspace.model_backends.create(kind="openai", model="gpt-4o", secret=secret)

    with override_settings(SECRET_KEYS=["another"]):
        page = _page(adas, f"/agents/{agent.pk}/")

    assert "A model's key can no longer be opened" in page


def test_the_models_set_up_here_come_first_and_the_built_in_one_is_among_them(
    adas: Client, agent: Agent, workspace: Workspace
):
    workspace.model_backends.create(kind="openai", model="harbour-7b")

    page = _page(adas, f"/agents/{agent.pk}/")

    here = page.split('<optgroup label="Set up here">')[1].split("</optgroup>")[0]
    assert "harbour-7b" in here
    assert "built-in extractive" in here
    assert "gpt-4o" not in here


def test_a_save_is_a_new_version_and_keeps_what_the_page_does_not_know(
    adas: Client, workspace: Workspace, ada: User
):
    told = {"agent": {"prompt": {"prompt": "Old.", "odd": 1}}, "turn": {"turn_timeout": 9}}
    agent = create(workspace, ada, name="Odd one", conversation_config=told)

    typed = _typed(agent, prompt="New.\r\nLines.", first_message="Hello", llm="gpt-4o")
    answer = adas.post(f"/agents/{agent.pk}/", typed, follow=True)

    now = workspace.agents.get().told
    assert now.number == 2
    assert now.made_by == ada
    assert now.part("agent", "prompt", "prompt") == "New.\nLines."
    assert now.part("agent", "prompt", "odd") == 1
    assert now.part("turn", "turn_timeout") == 9
    assert "temperature" not in now.part("agent", "prompt")
    assert "Version 2 saved" in answer.content.decode()


def test_saving_without_a_change_makes_no_version(adas: Client, agent: Agent, workspace: Workspace):
    adas.post(f"/agents/{agent.pk}/", _typed(agent))

    assert workspace.agents.get().told.number == 1


def test_a_saved_fragment_says_so_and_carries_the_new_version(adas: Client, agent: Agent):
    headers = {"HX-Request": "true"}

    answer = adas.post(f"/agents/{agent.pk}/", _typed(agent, prompt="Be brief."), headers=headers)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert 'data-version="2"' in page
    assert "Version 2 saved" in page
    assert "HX-Request" in answer["Vary"]


def test_no_model_named_is_the_default_one_without_a_warning(adas: Client, agent: Agent):
    answer = adas.post(f"/agents/{agent.pk}/", _typed(agent, llm=""), follow=True)

    agent.refresh_from_db()
    page = html.unescape(answer.content.decode())
    assert not agent.told.part("agent", "prompt", "llm")
    assert "The default: built-in extractive" in page
    assert "is not set up here" not in page


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", " ", "Write a name."),
        ("name", "x" * 201, "Use at most 200 characters."),
        ("temperature", "warm", "Write a number from 0 to 2."),
        ("temperature", "3", "Write a number from 0 to 2."),
    ],
)
def test_a_wrong_field_says_what_to_write_and_keeps_the_other_text(
    adas: Client, agent: Agent, field: str, value: str, complaint: str
):
    typed = _typed(agent, prompt="Half a thought", **{field: value})

    answer = adas.post(f"/agents/{agent.pk}/", typed)

    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert complaint in page
    assert f'aria-describedby="{field}-error' in page or f"{field}-error" in page
    assert "Half a thought</textarea>" in page
    agent.refresh_from_db()
    assert agent.told.number == 1


def test_who_saves_over_a_newer_version_is_told_first(
    adas: Client, agent: Agent, ben: User, workspace: Workspace
):
    typed = _typed(agent, prompt="Ada's words")
    revise(agent, {"conversation_config": {"agent": {"first_message": "Ben's"}}}, ben)

    answer = adas.post(f"/agents/{agent.pk}/", typed)

    page = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "Ben Okafor saved version 2" in page
    assert "Ada's words</textarea>" in page
    assert workspace.agents.get().told.number == 2
    again = adas.post(f"/agents/{agent.pk}/", typed | {"version": 2})
    assert again.status_code == 302
    assert workspace.agents.get().told.part("agent", "prompt", "prompt") == "Ada's words"


def test_a_viewer_reads_and_tries_but_changes_nothing(
    viewers: Client, agent: Agent, workspace: Workspace
):
    page = _page(viewers, f"/agents/{agent.pk}/")
    assert '<fieldset class="p-stack p-plain" disabled>' in page
    assert "ask Ada Larsen (owner)" in page
    assert "Takes effect at once" not in page

    refused = viewers.post(f"/agents/{agent.pk}/", _typed(agent, name="Mine"))

    assert refused.status_code == 403
    assert "Ask Ada Larsen (owner)" in refused.content.decode()
    assert viewers.get("/agents/new/").status_code == 403
    assert workspace.agents.get().name == "Harbour Helper"
    assert viewers.post(f"/agents/{agent.pk}/test-chat/").status_code == 200


def test_what_an_owner_writes_is_text_not_html(adas: Client, agent: Agent, ada: User):
    sneaky = "</textarea><script>alert(1)</script>"
    change = {"name": sneaky, "conversation_config": {"agent": {"first_message": sneaky}}}
    revise(agent, change, ada)

    for path in ("/agents/", f"/agents/{agent.pk}/"):
        assert "<script>alert" not in adas.get(path).content.decode()


def test_the_test_chat_gets_a_permission_that_opens_a_private_agent(
    adas: Client, agent: Agent, ada: User
):
    revise(agent, {"platform_settings": {"auth": {"enable_auth": True}}}, ada)

    address = adas.post(f"/agents/{agent.pk}/test-chat/").json()["address"]

    assert address.startswith(f"/v1/convai/conversation?agent_id={agent.pk}&source=dashboard")
    assert "conversation_signature=" in address
    assert adas.get(f"/agents/{agent.pk}/test-chat/").status_code == 405
