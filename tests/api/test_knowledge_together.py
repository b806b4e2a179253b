"""Documents and tools are taken away while others change the same agents: nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from dashboard.agents import tools
from dashboard.agents.models import Agent
from dashboard.knowledge import keeping, reading
from dashboard.knowledge.models import KnowledgeDocument, Passage
from dashboard.knowledge.sources import from_text
from dashboard.workspaces.models import User, Workspace

from .conftest import Caller
from .test_tools import webhook

pytestmark = [pytest.mark.both_profiles, pytest.mark.django_db(transaction=True)]

BASE = "/convai/knowledge-base"


def _together(*deeds: Callable[[], Any]) -> list[Any]:
    """What each has answered, in their order."""
    start, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def do(at: int) -> None:
        start.wait()
        try:
            answers[at] = deeds[at]()
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(at,)) for at in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _prompt(documents: Sequence[str] = (), tool_ids: Sequence[str] = ()) -> dict[str, Any]:
    known = [{"type": "text", "name": pk, "id": pk, "usage_mode": "auto"} for pk in documents]
    return {"agent": {"prompt": {"knowledge_base": known, "tool_ids": list(tool_ids)}}}


def _told(agent: Agent) -> dict[str, Any]:
    prompt: dict[str, Any] = Agent.objects.get(pk=agent.pk).told.part("agent", "prompt")
    return prompt


def _texts(ask: Caller, count: int) -> list[str]:
    adds = (ask.post(f"{BASE}/text", {"text": f"Text {n}."}) for n in range(count))
    return [answer.json()["id"] for answer in adds]


def test_documents_deleted_at_the_same_time_are_all_forgotten(
    ask: Caller, make_agent: Callable[..., Agent]
) -> None:
    documents = _texts(ask, 4)
    agents = [make_agent(name=name, conversation_config=_prompt(documents)) for name in "cba"]

    answers = _together(
        *(lambda pk=pk: ask.delete(f"{BASE}/{pk}?force=true").status_code for pk in documents)
    )

    assert answers == [200] * 4
    assert [_told(agent)["knowledge_base"] for agent in agents] == [[], [], []]


def test_a_list_that_is_sent_meanwhile_is_kept(
    ask: Caller, make_agent: Callable[..., Agent]
) -> None:
    for _ in range(4):
        gone, *kept = _texts(ask, 3)
        agent = make_agent(conversation_config=_prompt([gone]))
        path = f"/convai/agents/{agent.pk}"

        answers = _together(
            lambda gone=gone: ask.delete(f"{BASE}/{gone}?force=true"),
            lambda path=path, kept=kept: ask.patch(path, {"conversation_config": _prompt(kept)}),
        )

        assert [one.status_code for one in answers] == [200, 200]
        assert [one["id"] for one in _told(agent)["knowledge_base"]] == kept


def test_tools_and_documents_go_at_the_same_time_as_agents_change(
    ask: Caller, make_agent: Callable[..., Agent], workspace: Workspace, ada: User
) -> None:
    documents = _texts(ask, 3)
    made = [tools.create(workspace, ada, webhook(f"tool_{n}")).pk for n in range(3)]
    agents = [make_agent(name=n, conversation_config=_prompt(documents, made)) for n in "dcba"]

    def name(agent: Agent) -> set[int]:
        path = f"/convai/agents/{agent.pk}"
        return {ask.patch(path, {"name": f"New {n}"}).status_code for n in range(4)}

    answers = _together(
        *(lambda pk=pk: {ask.delete(f"{BASE}/{pk}?force=true").status_code} for pk in documents),
        *(lambda pk=pk: {ask.delete(f"/convai/tools/{pk}?force=true").status_code} for pk in made),
        *(lambda agent=agent: name(agent) for agent in agents),
    )

    assert set().union(*answers) == {200, 204}
    told = [_told(agent) for agent in agents]
    assert [(one["knowledge_base"], one["tool_ids"]) for one in told] == [([], [])] * 4


def test_a_folder_goes_while_documents_come(ask: Caller) -> None:
    for _ in range(3):
        outer = ask.post(f"{BASE}/folder", {"name": "Outer"}).json()["id"]
        placed = {"parent_folder_id": outer}
        inner = ask.post(f"{BASE}/folder", {"name": "Inner", **placed}).json()["id"]

        def fill(folder: str = inner) -> set[int]:
            wish = {"text": "We ship. " * 50, "parent_folder_id": folder}
            return {ask.post(f"{BASE}/text", wish).status_code for _ in range(6)}

        gone, *filled = _together(
            lambda outer=outer: ask.delete(f"{BASE}/{outer}?force=true").status_code,
            *(fill for _ in range(3)),
        )

        assert gone == 200
        assert set().union(*filled) <= {200, 404, 422}
        assert not KnowledgeDocument.objects.exists()
        assert not Passage.objects.exists()


def test_what_is_taken_away_while_it_is_read_is_made_all_the_same(
    workspace: Workspace, ada: User
) -> None:
    document = KnowledgeDocument(workspace=workspace, name="Gone", content="We ship.")
    document.due_at = document.created_at

    reading.begin(document)  # its row is not there

    assert keeping.add(workspace, ada, from_text("We ship.")).passages.count() == 1
