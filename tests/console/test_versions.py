"""Versions of an agent: the list, two side by side, the way back."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.agents.revising import revise
from dashboard.workspaces.models import User

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def changed(agent: Agent, ben: User) -> Agent:
    prompt = {"prompt": "Be brief. " * 12, "temperature": 0.9}
    change = {"conversation_config": {"agent": {"prompt": prompt}}}
    revise(agent, change, ben, "Shorter <b>answers</b>")
    return agent


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def test_the_list_says_who_when_why_and_how_much(adas: Client, changed: Agent):
    answer = adas.get(f"/agents/{changed.pk}/versions/")

    page = answer.content.decode()
    assert "Shorter &lt;b&gt;answers&lt;/b&gt;" in page
    assert "Ben Okafor" in page
    assert 'data-label="Changes">2<' in page
    assert 'data-label="Changes">the first<' in page
    assert page.count("Restore version") == 1


def test_two_versions_stand_side_by_side(adas: Client, changed: Agent):
    page = _page(adas, f"/agents/{changed.pk}/versions/2/")

    assert "Creativity" in page
    assert "Instructions" in page
    assert "<del>0.3</del>" in page
    assert "<ins>0.9</ins>" in page
    assert "conversation_config.agent.prompt.temperature" in page
    backwards = _page(adas, f"/agents/{changed.pk}/versions/1/?with=2")
    assert "<del>0.9</del>" in backwards
    assert "<ins>0.3</ins>" in backwards
    assert "first version" in _page(adas, f"/agents/{changed.pk}/versions/1/")
    assert "say the same" in _page(adas, f"/agents/{changed.pk}/versions/1/?with=1")


def test_a_version_is_restored_with_one_click(adas: Client, changed: Agent, ada: User):
    answer = adas.post(f"/agents/{changed.pk}/versions/1/restore/", follow=True)

    assert "Version 3 is live" in answer.content.decode()
    told = Agent.objects.get(pk=changed.pk).told
    assert (told.number, told.note, told.made_by) == (3, "Restored version 1", ada)
    assert told.part("agent", "prompt", "temperature") == 0.3
    again = adas.post(f"/agents/{changed.pk}/versions/1/restore/", follow=True)
    assert "says the same already" in again.content.decode()


def test_a_viewer_reads_versions_and_restores_none(viewers: Client, changed: Agent):
    assert "Restore" not in _page(viewers, f"/agents/{changed.pk}/versions/")
    assert "Restore version" not in _page(viewers, f"/agents/{changed.pk}/versions/1/")

    assert viewers.post(f"/agents/{changed.pk}/versions/1/restore/").status_code == 403
    assert changed.versions.count() == 2


def test_cleo_finds_no_version(cleos: Client, changed: Agent):
    for path in ("", "1/", "2/?with=1"):
        assert cleos.get(f"/agents/{changed.pk}/versions/{path}").status_code == 404
    assert cleos.post(f"/agents/{changed.pk}/versions/1/restore/").status_code == 404
    assert changed.versions.count() == 2


@pytest.mark.parametrize("path", ["0/", "9/", f"{10**30}/", "2/?with=abc", "2/?with=99999999999"])
def test_odd_addresses_are_no_errors_of_ours(adas: Client, changed: Agent, path: str):
    answer = adas.get(f"/agents/{changed.pk}/versions/{path}")

    assert answer.status_code == (200 if "with" in path else 404)


def test_older_versions_are_a_page_further(adas: Client, agent: Agent, ada: User):
    for number in range(24):
        change = {"conversation_config": {"agent": {"first_message": f"Hi {number}"}}}
        revise(agent, change, ada)

    first = _page(adas, f"/agents/{agent.pk}/versions/")

    assert "?before=6" in first
    older = _page(adas, f"/agents/{agent.pk}/versions/?before=6")
    assert "/versions/5/" in older
    assert "/versions/6/" not in older
    assert "No older versions" in _page(adas, f"/agents/{agent.pk}/versions/?before=1")
    assert "/versions/25/" in _page(adas, f"/agents/{agent.pk}/versions/?before=x")
