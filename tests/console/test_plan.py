"""The plan of a workspace, and the gauge of who uses what."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.agents.revising import revise
from dashboard.conversations.models import LiveServer, Status
from dashboard.workspaces.models import User, Workspace

from .conftest import talk

PLAN = {"plan": "pro", "own": "", "words": "We are busy.", "pace": "30"}


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def _stamp(page: str, card: str = "") -> str:
    before = rf'name="card" value="{card}"><input[^>]+' if card else ""
    found = re.search(rf'{before}name="seen" value="(\w+)"', page)
    assert found, page
    return found[1]


def _error(answer: Any, field: str) -> str:
    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    found = re.search(rf'id="{field}-error">.*?<span>(.*?)</span>', page, re.S)
    assert found, page
    return found[1]


def _busy(agent: Agent, status: Status, **facts: Any) -> None:
    server, _ = LiveServer.objects.get_or_create(pk="server-of-the-tests")
    talk(agent, status, server=server, **facts)


def test_the_plan_is_saved_and_on_record(adas: Client, workspace: Workspace):
    seen = _stamp(_page(adas, "/settings/plan/"))

    answer = adas.post("/settings/plan/", {"seen": seen, **PLAN}, follow=True)

    workspace.refresh_from_db()
    assert "It holds for every start from now on." in answer.content.decode()
    assert workspace.chat_limit == 500
    assert workspace.refusal_text == "We are busy."
    assert workspace.messages_a_minute == 30
    assert workspace.audit.latest("at").action == "settings.changed"


def test_an_enterprise_has_a_number_of_its_own_and_nobody_else(adas: Client, workspace: Workspace):
    seen = _stamp(_page(adas, "/settings/plan/"))

    refused = adas.post("/settings/plan/", {"seen": seen, **PLAN, "own": "8"})
    adas.post("/settings/plan/", {"seen": seen, **PLAN, "plan": "enterprise", "own": "8"})

    assert "Only the plan Enterprise" in _error(refused, "own")
    workspace.refresh_from_db()
    assert (workspace.voice_limit, workspace.chat_limit) == (8, 200)


@pytest.mark.parametrize(
    ("field", "typed"), [("plan", "golden"), ("own", "0"), ("words", "x" * 121), ("pace", "")]
)
def test_a_wrong_limit_of_the_workspace_is_said_beside_its_field(
    adas: Client, workspace: Workspace, field: str, typed: str
):
    seen = _stamp(_page(adas, "/settings/plan/"))
    enterprise = {**PLAN, "plan": "enterprise"}

    answer = adas.post("/settings/plan/", {"seen": seen, **enterprise, field: typed})

    assert _error(answer, field)
    workspace.refresh_from_db()
    assert workspace.plan == "free"


def test_a_plan_that_somebody_saved_meanwhile_stays(
    adas: Client, bens: Client, workspace: Workspace
):
    seen = _stamp(_page(adas, "/settings/plan/"))
    bens.post("/settings/plan/", {"seen": seen, **PLAN, "plan": "scale"})

    answer = adas.post("/settings/plan/", {"seen": seen, **PLAN})

    workspace.refresh_from_db()
    assert answer.status_code == 409
    assert "Somebody saved this since you opened the page" in answer.content.decode()
    assert workspace.plan == "scale"


def test_the_gauge_tells_who_uses_what(adas: Client, cleos: Client, agent: Agent, ada: User):
    revise(agent, {"platform_settings": {"call_limits": {"agent_concurrency_limit": 2}}}, ada)
    for _ in range(2):
        _busy(agent, Status.IN_PROGRESS)
    _busy(agent, Status.IN_PROGRESS, is_burst=True)
    _busy(agent, Status.INITIATED)
    agent.workspace.refusals.create(
        agent=agent,
        day=timezone.now().date(),
        reason="too_many",
        count=5,
        last_origin="https://shop.example",
    )

    page = _page(adas, "/settings/plan/")

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "3 of 100 at the same time, 1 of them burst" in text
    assert "4 of 104 places are taken" in text
    assert re.search(r"Harbour Helper 3 1 burst \+1 starting 2 3 100 000", text)
    assert re.search(r"No room: too many at the same time 5 .* https://shop.example", text)
    assert "3 started, 5 turned away" in text
    mine = re.sub(r"<[^>]+>", " ", _page(adas, f"/agents/{agent.pk}/limits/"))
    assert "of 2, 1 of them burst" in mine
    theirs = _page(cleos, "/settings/plan/")
    assert "Harbour Helper" not in theirs
    assert "https://shop.example" not in theirs


def test_the_gauge_is_redrawn_alone_and_never_what_is_typed(adas: Client, agent: Agent):
    htmx = {"HX-Request": "true"}

    workspaces = adas.get("/settings/plan/", headers=htmx).content.decode()
    agents = adas.get(f"/agents/{agent.pk}/limits/", headers=htmx).content.decode()

    assert workspaces.strip().startswith('<div class="p-stack" id="gauge"')
    assert agents.strip().startswith('<section class="card p-card p-stack" id="now-used"')
    assert "<input" not in workspaces + agents
    assert "<html" not in workspaces + agents
