"""Five hundred come at the same moment: exactly as many get in as there are places."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations import admission, refusals, starting
from dashboard.conversations.admission import Knock, Refused
from dashboard.conversations.models import Conversation, LiveServer
from dashboard.conversations.starting import Handshake, Hello, Started
from dashboard.workspaces.models import User, Workspace

pytestmark = [pytest.mark.both_profiles, pytest.mark.django_db(transaction=True)]
VISITORS, THREADS, LIMIT = 500, 12, 100


def agent_of(workspace: Workspace, by: User, **limits: Any) -> Agent:
    return revising.create(
        workspace,
        by,
        conversation_config={"conversation": {"text_only": True}},
        platform_settings={"call_limits": {"agent_concurrency_limit": LIMIT, **limits}},
    )


def rush(*agents: Agent) -> list[Started | Handshake | Refused]:
    """All at once, in turn to each agent."""
    server, ready = LiveServer.objects.create(), threading.Barrier(THREADS)

    def come(first: int) -> list[Started | Handshake | Refused]:
        try:
            ready.wait(30)
            return [
                starting.start(Knock(agents[number % len(agents)].pk), Hello(), server.pk)
                for number in range(first, VISITORS, THREADS)
            ]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [one for many in pool.map(come, range(THREADS)) for one in many]


def admitted(came: list[Started | Handshake | Refused]) -> tuple[int, int]:
    """How many got in at the usual price, and how many above the limit."""
    bursts = [one.conversation.is_burst for one in came if isinstance(one, Started)]
    return bursts.count(False), bursts.count(True)


def test_without_bursts_exactly_the_limit_gets_in(workspace: Workspace, ada: User) -> None:
    came = rush(agent_of(workspace, ada, bursting_enabled=False))

    assert admitted(came) == (LIMIT, 0)
    assert came.count(admission.FULL) == VISITORS - LIMIT
    assert Conversation.objects.count() == LIMIT


def test_with_bursts_exactly_three_times_the_limit_gets_in(workspace: Workspace, ada: User) -> None:
    came = rush(agent_of(workspace, ada))

    assert admitted(came) == (LIMIT, 2 * LIMIT)
    assert came.count(admission.FULL) == VISITORS - 3 * LIMIT
    assert Conversation.objects.filter(is_burst=True).count() == 2 * LIMIT


def test_agents_that_share_a_pool_share_it_exactly(workspace: Workspace, ada: User) -> None:
    """The plan free has a hundred chats; neither agent has a limit of its own."""
    own = {"agent_concurrency_limit": -1, "bursting_enabled": False}
    came = rush(agent_of(workspace, ada, **own), agent_of(workspace, ada, **own))

    assert admitted(came) == (100, 0)


def test_the_day_ends_exactly_too(workspace: Workspace, ada: User) -> None:
    agent = agent_of(workspace, ada, daily_limit=30)

    came = rush(agent)

    assert admitted(came) == (30, 0)
    assert came.count(admission.DAY_IS_OVER) == VISITORS - 30


def test_turning_away_writes_nothing_but_the_count(workspace: Workspace, ada: User) -> None:
    agent = agent_of(workspace, ada, agent_concurrency_limit=0)

    for refused in rush(agent):
        assert isinstance(refused, Refused)
        refusals.count(agent.pk, refused)

    assert not Conversation.objects.exists()
    assert [(one.reason, one.count) for one in refusals.of(agent)] == [("too_many", VISITORS)]
