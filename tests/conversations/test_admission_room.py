"""Is there room? Each pool, bursts, the day, and the words for no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations import admission
from dashboard.conversations.admission import Place, Refused
from dashboard.conversations.lifecycle import served_here
from dashboard.conversations.models import Conversation, LiveServer, Status
from dashboard.conversations.places import ceiling
from dashboard.workspaces import days
from dashboard.workspaces.models import Plan, User, Workspace

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def server(db: None) -> LiveServer:
    return LiveServer.objects.create()


@pytest.fixture
def agent(workspace: Workspace, ada: User) -> Agent:
    """Without bursts; the workspace may hold 104 at once, 100 of them chats."""
    return limited(workspace, ada, bursting_enabled=False)


def limited(workspace: Workspace, by: User, **limits: Any) -> Agent:
    return revising.create(
        workspace,
        by,
        conversation_config={"conversation": {"text_only": True}},
        platform_settings={"call_limits": limits},
    )


def go_on(
    agent: Agent, server: LiveServer | None, count: int, status: Status = Status.IN_PROGRESS
) -> list[Conversation]:
    return Conversation.objects.bulk_create(
        Conversation(
            workspace=agent.workspace,
            agent=agent,
            version=agent.told,
            server=server,
            status=status,
        )
        for _ in range(count)
    )


def room(agent: Agent, besides: str = "") -> Place | Refused:
    with transaction.atomic():
        return admission.find_room(Agent.objects.get(pk=agent.pk), besides=besides)


def handshake(agent: Agent) -> Refused | None:
    with transaction.atomic():
        return admission.find_handshake_room(Agent.objects.get(pk=agent.pk))


@pytest.mark.parametrize(
    ("limit", "most"), [(1, 3), (10, 30), (50, 150), (100, 300), (200, 300), (300, 300), (750, 750)]
)
def test_bursts_go_as_far_as_documented(limit: int, most: int) -> None:
    pro = Workspace(plan=Plan.PRO)

    assert ceiling(limit, pro, True) == most
    assert ceiling(limit, pro, False) == limit


def test_an_enterprise_is_not_held_at_300() -> None:
    assert ceiling(2500, Workspace(plan=Plan.ENTERPRISE), True) == 7500


def test_the_workspaces_chats_share_one_pool(
    workspace: Workspace, ada: User, agent: Agent, server: LiveServer
) -> None:
    go_on(agent, server, 60)
    other = limited(workspace, ada, bursting_enabled=False)
    go_on(other, server, 39)

    assert room(agent) == Place(is_burst=False)
    go_on(other, server, 1)

    assert room(agent) == room(other) == admission.FULL
    assert admission.full_at_a_glance(agent) == admission.FULL


def test_above_the_pool_an_agent_that_may_burst_does(
    workspace: Workspace, ada: User, agent: Agent, server: LiveServer
) -> None:
    bursting = limited(workspace, ada)
    go_on(agent, server, 100)

    assert room(agent) == admission.FULL
    assert room(bursting) == Place(is_burst=True)
    assert admission.full_at_a_glance(bursting) is None


def test_the_agents_own_limit_is_the_narrower_one(
    workspace: Workspace, ada: User, server: LiveServer
) -> None:
    agent = limited(workspace, ada, agent_concurrency_limit=2)
    go_on(agent, server, 2)

    assert room(agent) == Place(is_burst=True)
    go_on(agent, server, 4)
    assert room(agent) == admission.FULL


def test_a_limit_of_none_lets_nobody_in(workspace: Workspace, ada: User) -> None:
    assert room(limited(workspace, ada, agent_concurrency_limit=0)) == admission.FULL


def test_a_handshake_counts_against_both_pools_together(agent: Agent, server: LiveServer) -> None:
    go_on(agent, server, 100)
    assert handshake(agent) is None

    go_on(agent, server, 3, Status.INITIATED)
    assert handshake(agent) is None
    go_on(agent, server, 1, Status.INITIATED)

    assert handshake(agent) == admission.FULL


def test_handshakes_take_no_place_among_the_chats(agent: Agent, server: LiveServer) -> None:
    waiting = go_on(agent, server, 50, Status.INITIATED)
    go_on(agent, server, 54)

    assert room(agent, besides=waiting[0].pk) == Place(is_burst=False)
    assert room(agent) == admission.FULL  # a newcomer has no place in the total


def test_one_that_comes_back_is_not_in_its_own_way(
    workspace: Workspace, ada: User, server: LiveServer
) -> None:
    agent = limited(
        workspace, ada, agent_concurrency_limit=1, daily_limit=1, bursting_enabled=False
    )
    [talk] = go_on(agent, server, 1)

    assert room(agent) == admission.DAY_IS_OVER
    assert room(agent, besides=talk.pk) == Place(is_burst=False)
    assert admission.full_at_a_glance(agent, besides=talk.pk) is None


def test_who_changes_servers_keeps_the_place_for_a_while(
    workspace: Workspace, ada: User, server: LiveServer
) -> None:
    agent = limited(workspace, ada, agent_concurrency_limit=1, bursting_enabled=False)
    go_on(agent, None, 1)
    assert room(agent) == Place(is_burst=False)

    Conversation.objects.update(returns_until=timezone.now() + timedelta(seconds=30))

    assert room(agent) == admission.FULL


def test_a_late_heartbeat_of_this_process_gives_no_place_away(
    workspace: Workspace, ada: User, server: LiveServer
) -> None:
    agent = limited(workspace, ada, agent_concurrency_limit=1, bursting_enabled=False)
    go_on(agent, server, 1)
    LiveServer.objects.update(beat_at=timezone.now() - timedelta(seconds=60))
    assert room(agent) == Place(is_burst=False)

    served_here.add(server.pk)
    try:
        assert room(agent) == admission.FULL
    finally:
        served_here.discard(server.pk)


def test_the_day_counts_what_has_started_and_not_what_is_being_set_up(
    workspace: Workspace, ada: User, server: LiveServer
) -> None:
    agent = limited(workspace, ada, daily_limit=2)
    go_on(agent, server, 5, Status.INITIATED)
    go_on(agent, server, 1, Status.DONE)
    assert isinstance(room(agent), Place)

    go_on(agent, server, 1, Status.FAILED)

    assert room(agent) == handshake(agent) == admission.DAY_IS_OVER


def test_minus_one_is_no_daily_limit(workspace: Workspace, ada: User, server: LiveServer) -> None:
    agent = limited(workspace, ada, daily_limit=-1)
    go_on(agent, server, 10, Status.DONE)

    assert isinstance(room(agent), Place)


def test_the_day_begins_where_the_workspace_is(
    workspace: Workspace, ada: User, server: LiveServer
) -> None:
    agent = limited(workspace, ada, daily_limit=1)
    go_on(agent, server, 1, Status.DONE)
    tokyo = Workspace(time_zone="Asia/Tokyo")
    before, after = days.began(tokyo) - timedelta(seconds=1), days.began(tokyo)
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Asia/Tokyo")

    Conversation.objects.update(started_at=before)
    assert isinstance(room(agent), Place)
    Conversation.objects.update(started_at=after)

    assert room(agent) == admission.DAY_IS_OVER


@pytest.mark.parametrize(
    ("zone", "now", "began"),
    [
        ("Europe/Berlin", (2026, 3, 29, 10), (2026, 3, 28, 23)),  # an hour is left out at 2
        ("Europe/Berlin", (2026, 10, 25, 22), (2026, 10, 24, 22)),  # 25 hours
        ("Europe/Berlin", (2026, 10, 25, 23), (2026, 10, 25, 23)),
        ("America/Havana", (2026, 3, 8, 12), (2026, 3, 8, 5)),  # there is no midnight
        ("America/Havana", (2026, 11, 1, 5), (2026, 11, 1, 4)),  # two midnights: the first
        ("Asia/Kathmandu", (2026, 6, 1, 18, 20), (2026, 6, 1, 18, 15)),
    ],
)
def test_days_that_clocks_change_on_begin_once(
    zone: str, now: tuple[int, ...], began: tuple[int, ...]
) -> None:
    there = Workspace(time_zone=zone)

    found = days.began(there, datetime(*now, tzinfo=UTC))  # type: ignore[misc,arg-type]

    assert found.astimezone(UTC) == datetime(*began, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_no_room_is_told_in_the_agents_words_else_the_workspaces(
    workspace: Workspace, ada: User
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(refusal_text="Please ring 555.")
    plain = limited(workspace, ada, agent_concurrency_limit=0)
    worded = limited(workspace, ada, daily_limit=0, refusal_message="Write to us.")

    assert room(plain) == Refused("too_many", "Please ring 555.")
    assert room(worded) == handshake(worded) == Refused("daily_limit", "Write to us.")
