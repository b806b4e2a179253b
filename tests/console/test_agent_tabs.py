"""The tabs of an agent, and what is made for it on the way."""

from __future__ import annotations

from django.test import Client

from dashboard.agents.models import Agent
from dashboard.knowledge.models import KnowledgeDocument

TABS = ("", "knowledge/", "tools/", "versions/")


def test_every_tab_shows_the_others_and_the_chat(adas: Client, agent: Agent) -> None:
    for tab in TABS:
        page = adas.get(f"/agents/{agent.pk}/{tab}").content.decode()

        assert all(f'href="/agents/{agent.pk}/{other}"' in page for other in TABS)
        assert f'href="/agents/{agent.pk}/{tab}" aria-current="page"' in page
        assert page.count("data-greeting") == page.count("data-test-chat") == 1


def test_a_document_written_for_an_agent_is_known_to_it(adas: Client, agent: Agent) -> None:
    answer = adas.post(f"/knowledge/new/text/?agent={agent.pk}", {"text": "To Norway.", "name": ""})

    agent.refresh_from_db()
    assert answer.headers["Location"] == f"/agents/{agent.pk}/knowledge/"
    assert len(agent.told.part("agent", "prompt", "knowledge_base")) == 1


def test_cleo_makes_nothing_for_somebody_elses_agent(cleos: Client, agent: Agent) -> None:
    answers = [cleos.get(f"/agents/{agent.pk}/{tab}") for tab in TABS]
    answers += [
        cleos.get(f"/tools/new/?agent={agent.pk}"),
        cleos.post(f"/tools/new/?agent={agent.pk}", {"name": "x"}),
        cleos.get("/tools/new/?agent=%00"),
        cleos.post(f"/knowledge/new/text/?agent={agent.pk}", {"text": "Mine.", "name": ""}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 8
    assert not KnowledgeDocument.objects.exists()
