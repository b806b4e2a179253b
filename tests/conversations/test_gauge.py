"""Who uses what right now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations import gauge
from dashboard.conversations.gauge import Reading
from dashboard.conversations.models import Conversation, LiveServer, Status
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles


def agent_of(workspace: Workspace, by: User, name: str, **limits: Any) -> Agent:
    platform = {"call_limits": limits}
    return revising.create(workspace, by, name=name, platform_settings=platform)


def talk(agent: Agent, server: LiveServer, **facts: Any) -> None:
    Conversation.objects.create(
        workspace=agent.workspace, agent=agent, version=agent.told, server=server, **facts
    )


def test_a_quiet_workspace_has_all_its_places(workspace: Workspace, ada: User) -> None:
    agent_of(workspace, ada, "Quiet")

    read = gauge.read(workspace)

    assert read.chat == Reading(100, 300, 0)
    assert read.total == Reading(104, 300, 0)
    assert (read.agents, read.has_more) == ([], False)


def test_pools_and_agents_are_told_as_they_are(workspace: Workspace, ada: User, cleo: User) -> None:
    server = LiveServer.objects.create()
    gone = LiveServer.objects.create(beat_at=timezone.now() - timedelta(seconds=20))
    busy = agent_of(workspace, ada, "Busy", agent_concurrency_limit=1, daily_limit=-1)
    calm = agent_of(workspace, ada, "Calm", daily_limit=9)
    bound = agent_of(workspace, ada, "Bound", agent_concurrency_limit=0, bursting_enabled=False)
    talk(busy, server)
    talk(busy, server, is_burst=True)
    talk(busy, server, status=Status.INITIATED)
    talk(busy, gone)
    talk(calm, server, status=Status.DONE)
    talk(calm, server, status=Status.DONE, started_at=timezone.now() - timedelta(days=2))
    elsewhere = cleo.memberships.get().workspace
    talk(agent_of(elsewhere, cleo, "Cleo's"), server)

    read = gauge.read(workspace)

    assert read.chat == Reading(100, 300, used=2, burst=1, handshakes=1)
    assert read.total == Reading(104, 300, used=3, burst=1, handshakes=1)
    lines = [
        (one.agent, one.limit, one.ceiling, one.used, one.burst, one.handshakes, one.today)
        for one in read.agents
    ]
    assert lines == [
        (busy, 1, 3, 2, 1, 1, 3),
        (calm, None, None, 0, 0, 0, 1),
        (bound, 0, 0, 0, 0, 0, 0),
    ]
    assert [one.a_day for one in read.agents] == [None, 9, 100_000]


def test_the_busiest_agents_are_told_and_that_there_are_more(
    workspace: Workspace, ada: User
) -> None:
    server = LiveServer.objects.create()
    for number in range(4):
        agent = agent_of(workspace, ada, f"Agent {number}")
        for _ in range(number):
            talk(agent, server)

    read = gauge.read(workspace, most=2)

    assert [one.agent.name for one in read.agents] == ["Agent 3", "Agent 2"]
    assert read.has_more
