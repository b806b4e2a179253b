"""Who was turned away is counted: exactly, by day and reason, and cheaply."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations import admission, lifecycle, refusals
from dashboard.conversations.models import Refusal
from dashboard.workspaces import days
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles
SHOP = "https://shop.example"


@pytest.fixture
def agent(workspace: Workspace, ada: User) -> Agent:
    return revising.create(workspace, ada)


def told(whose: Workspace | Agent, last_days: int = 7) -> list[tuple[str, int, str]]:
    return [(one.reason, one.count, one.origin) for one in refusals.of(whose, last_days)]


def test_refusals_are_told_by_reason_the_most_frequent_first(
    workspace: Workspace, agent: Agent
) -> None:
    refusals.count(agent.pk, admission.FULL, SHOP)
    for origin in (SHOP, "https://evil.example"):
        refusals.count(agent.pk, admission.WRONG_HOST, origin)

    assert told(agent) == [("allowlist", 2, "https://evil.example"), ("too_many", 1, SHOP)]
    assert told(workspace) == told(agent)
    assert Refusal.objects.count() == 2


def test_an_agent_that_does_not_exist_is_not_counted(agent: Agent) -> None:
    refusals.count(agent.pk, admission.NO_AGENT, SHOP)
    refusals.count("agent_none", admission.FULL, SHOP)

    assert not Refusal.objects.exists()


def test_cleo_reads_nothing_of_it(agent: Agent, cleo: User) -> None:
    refusals.count(agent.pk, admission.FULL, SHOP)

    assert told(cleo.memberships.get().workspace) == []


def test_a_day_is_the_workspaces(workspace: Workspace, agent: Agent) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Pacific/Kiritimati")  # 14 ahead
    workspace.refresh_from_db()

    refusals.count(agent.pk, admission.FULL)

    assert Refusal.objects.get().day == days.today(workspace)


def test_older_days_are_left_out_and_one_day_forgotten(workspace: Workspace, agent: Agent) -> None:
    today = timezone.now().date()
    for ago in (0, 6, 7, refusals.KEPT_DAYS + 1):
        facts = {"reason": "too_many", "count": 1, "day": today - timedelta(days=ago)}
        Refusal.objects.create(workspace=workspace, agent=agent, **facts)

    assert told(agent) == [("too_many", 2, "")]
    assert told(agent, 1) == [("too_many", 1, "")]
    lifecycle.sweep()

    assert Refusal.objects.count() == 3


def test_what_a_page_sends_as_its_address_is_kept_only_so_far(agent: Agent) -> None:
    refusals.count(agent.pk, admission.WRONG_HOST, "https://\0\udcff" + "x" * 1000)

    [one] = refusals.of(agent)
    assert len(one.origin) < 301
    assert one.origin.startswith("https://?x")


def test_the_same_again_costs_few_questions(
    agent: Agent, django_assert_max_num_queries: Any
) -> None:
    refusals.count(agent.pk, admission.FULL)

    with django_assert_max_num_queries(4):
        refusals.count(agent.pk, admission.FULL)


@pytest.mark.django_db(transaction=True)
def test_a_crowd_is_counted_to_the_last_one(agent: Agent, workspace: Workspace) -> None:
    def turn_away(number: int) -> None:
        refused = (admission.FULL, admission.WRONG_HOST)[number % 2]
        try:
            refusals.count(agent.pk, refused, SHOP)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(turn_away, range(400)))

    assert told(agent) == [("allowlist", 200, SHOP), ("too_many", 200, SHOP)]
    assert Refusal.objects.count() == 2
