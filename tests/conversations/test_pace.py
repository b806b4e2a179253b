"""One visitor's messages in a minute."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from dashboard.agents.models import CallLimits
from dashboard.conversations.pace import Pace, messages_a_minute
from dashboard.workspaces.models import Workspace
from dashboard.workspaces.rates import counter

pytestmark = pytest.mark.both_profiles


@pytest.fixture(autouse=True)
def _fresh(settings: LazySettings) -> Iterator[None]:
    urls = ("", settings.REDIS_URL)
    for url in urls:
        counter(url).storage.reset()
    yield
    for url in urls:
        counter(url).storage.reset()


def asked(pace: Pace, times: int) -> list[bool]:
    return [pace.too_fast() for _ in range(times)]


def test_so_many_messages_and_no_more() -> None:
    assert asked(Pace("agent_1", "ada", 3), 5) == [False, False, False, True, True]


def test_another_socket_of_the_same_visitor_shares_the_minute() -> None:
    asked(Pace("agent_1", "ada", 3), 2)

    assert asked(Pace("agent_1", "ada", 3), 2) == [False, True]


def test_other_visitors_and_other_agents_have_their_own() -> None:
    asked(Pace("agent_1", "ada", 1), 2)

    assert asked(Pace("agent_1", "ben", 1), 1) == [False]
    assert asked(Pace("agent_2", "ada", 1), 1) == [False]


def test_zero_is_no_limit() -> None:
    assert not any(asked(Pace("agent_1", "ada", 0), 100))


@pytest.mark.parametrize(("own", "usual", "holds"), [(-1, 60, 60), (0, 60, 0), (5, 60, 5)])
def test_the_agents_number_goes_before_the_workspaces(own: int, usual: int, holds: int) -> None:
    limits, workspace = CallLimits(messages_a_minute=own), Workspace(messages_a_minute=usual)

    assert messages_a_minute(limits, workspace) == holds


def test_what_other_servers_counted_holds_here_from_the_next_message_on(
    settings: LazySettings,
) -> None:
    if not settings.REDIS_URL:
        pytest.skip("one process counts for itself")
    for _ in range(3):  # at another server
        counter(settings.REDIS_URL).over(3, "message", "agent_1", "ada")
    here = Pace("agent_1", "ada", 3)

    assert not here.too_fast()

    until = time.monotonic() + 5
    while not here.barred and time.monotonic() < until:
        time.sleep(0.01)
    assert here.too_fast()


def test_a_redis_that_is_down_keeps_nobody_waiting(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    pace = Pace("agent_1", "ada", 60)

    began = time.monotonic()
    answers = asked(pace, 50)

    assert not any(answers)
    assert time.monotonic() - began < 5
