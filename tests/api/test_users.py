"""Visitors over REST, and how many talk now."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations.models import LiveServer, Status

from .conftest import Caller
from .talks import NOON, make_talk

pytestmark = pytest.mark.both_profiles
HOUR = timedelta(hours=1)


@pytest.fixture
def came(agent: Agent) -> list[str]:
    """Vera three times, Nils once and last, somebody without a name."""
    talks = [make_talk(agent, visitor_id="vera", started_at=NOON + n * HOUR) for n in range(3)]
    make_talk(agent, visitor_id="nils", started_at=NOON + 9 * HOUR)
    make_talk(agent, visitor_id="")
    return [talk.pk for talk in talks]


def test_visitors_are_told_with_their_first_and_last_time(
    ask: Caller, agent: Agent, came: list[str]
) -> None:
    got = ask.get("/convai/users").json()

    assert [user["user_id"] for user in got["users"]] == ["nils", "vera"]
    assert (got["has_more"], got["next_cursor"]) == (False, None)
    vera = got["users"][1]
    noon = int(NOON.timestamp())
    assert vera["conversation_count"] == 3
    assert (vera["first_contact_unix_secs"], vera["last_contact_unix_secs"]) == (noon, noon + 7200)
    assert vera["last_contact_conversation_id"] == came[-1]
    assert (vera["last_contact_agent_id"], vera["last_contact_agent_name"]) == (agent.pk, "Barista")
    assert len(vera["sentiment"]) == 8
    assert set(vera["sentiment"].values()) == {0}


def test_visitors_are_found_and_sorted(
    ask: Caller, came: list[str], make_agent: Callable[..., Agent]
) -> None:
    other = make_talk(make_agent(name="Other"), visitor_id="olga", started_at=NOON - HOUR)

    def ids(query: str) -> list[str]:
        return [user["user_id"] for user in ask.get(f"/convai/users?{query}").json()["users"]]

    assert ids("sort_by=conversation_count") == ["vera", "olga", "nils"]
    assert ids("sort_direction=asc") == ["olga", "vera", "nils"]
    assert ids("sort_by=average_sentiment_score") == ["nils", "vera", "olga"]
    assert ids("search=ER") == ["vera"]
    assert ids(f"agent_id={other.agent_id}") == ["olga"]
    assert ids("branch_id=b") == []
    assert ids(f"call_start_before_unix={int(NOON.timestamp())}") == ["olga"]


@pytest.mark.parametrize("query", ["", "&sort_by=conversation_count", "&sort_direction=asc"])
def test_pages_of_visitors_join_up(ask: Caller, agent: Agent, query: str) -> None:
    for n in range(5):
        make_talk(agent, visitor_id=f"v{n}", started_at=NOON + (n % 2) * HOUR)
    seen, cursor = [], ""

    while True:
        got = ask.get(f"/convai/users?page_size=2{query}{cursor}").json()
        seen += [user["user_id"] for user in got["users"]]
        if not got["has_more"]:
            break
        cursor = f"&cursor={got['next_cursor']}"

    assert sorted(seen) == [f"v{n}" for n in range(5)]


@pytest.mark.parametrize(
    "made",
    [["last", "x", "v"], ["last", 5, "v"], ["count", 1, "v"], ["last"], 7, ["last", None, 3]],
)
def test_a_forged_cursor_is_a_422(ask: Caller, made: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(made).encode()).decode()

    assert ask.get(f"/convai/users?cursor={cursor}").status_code == 422
    assert ask.get("/convai/users?cursor=%00").status_code == 422


def test_a_page_of_visitors_takes_three_queries(
    ask: Caller, came: list[str], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):  # the key, the visitors, their latest conversations
        ask.get("/convai/users")


def test_whoever_talks_now_is_counted(
    ask: Caller, cleo_asks: Caller, agent: Agent, make_agent: Callable[..., Agent]
) -> None:
    server, other = LiveServer.objects.create(), make_agent(name="Other")
    for talker in (agent, agent, other):
        make_talk(talker, status=Status.IN_PROGRESS, server=server)
    make_talk(agent)

    def count(query: str) -> int:
        found: int = ask.get(f"/convai/analytics/live-count{query}").json()["count"]
        return found

    assert count("") == 3
    assert count(f"?agent_id={agent.pk}") == 2
    assert count(f"?agent_ids={agent.pk}&agent_ids={other.pk}") == 3
    assert count("?agent_id=nobody") == 0
    assert cleo_asks.get("/convai/analytics/live-count").json() == {"count": 0}


def test_cleo_meets_nobody(cleo_asks: Caller, came: list[str]) -> None:
    assert cleo_asks.get("/convai/users").json()["users"] == []
