"""The list of conversations over REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations.models import Conversation, Outcome, Status

from .conftest import Caller
from .talks import NOON, judge, make_talk

pytestmark = pytest.mark.both_profiles


def test_the_list_can_be_narrowed(
    ask: Caller, agent: Agent, make_agent: Callable[..., Agent]
) -> None:
    other = make_talk(make_agent(name="Other"), started_at=NOON + timedelta(hours=1))
    good, bad = make_talk(agent), make_talk(agent, visitor_id="visitor-2")
    going = make_talk(agent, status=Status.IN_PROGRESS, ended_at=None, source="widget")
    failed = make_talk(agent, status=Status.FAILED)
    judge(good), judge(bad, Outcome.FAILURE)
    talks = {t.pk: n for t, n in ((other, "other"), (good, "good"), (bad, "bad"))}
    talks |= {going.pk: "going", failed.pk: "failed"}

    def shown(query: str) -> set[str]:
        response = ask.get(f"/convai/conversations?{query}")
        assert response.status_code == 200, response.content
        return {talks[c["conversation_id"]] for c in response.json()["conversations"]}

    everything = set(talks.values())
    assert shown("") == everything
    assert shown(f"agent_id={agent.pk}") == everything - {"other"}
    assert shown("call_successful=success") == {"good"}
    assert shown("call_successful=failure") == {"bad"}
    assert shown("call_successful=unknown") == {"other", "going", "failed"}
    assert shown("call_successful=error") == {"failed"}
    assert shown("status=in-progress&status=failed") == {"going", "failed"}
    assert shown("exclude_statuses=in-progress&exclude_statuses=failed") == {"other", "good", "bad"}
    assert shown("user_id=visitor-2") == {"bad"}
    assert shown("conversation_initiation_source=widget") == {"going"}
    assert shown("text_only=false") == set()
    assert shown(f"call_start_after_unix={int(NOON.timestamp())}") == {"other"}
    assert shown(f"call_start_before_unix={int(NOON.timestamp()) + 1}") == everything - {"other"}
    assert shown("agent_id=nobody") == set()


@pytest.mark.parametrize(
    "query", ["status=sleeping", "call_successful=maybe", "call_start_after_unix=-1", "user_id=%00"]
)
def test_a_filter_that_makes_no_sense_is_a_422(ask: Caller, talk: Conversation, query: str) -> None:
    response = ask.get(f"/convai/conversations?{query}")

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][:2] == ["query", query.split("=")[0]]


def test_the_summary_is_in_the_list_on_request(ask: Caller, talk: Conversation) -> None:
    judge(talk)

    [short] = ask.get("/convai/conversations").json()["conversations"]
    [whole] = ask.get("/convai/conversations?summary_mode=include").json()["conversations"]

    assert short["transcript_summary"] is None
    assert whole["transcript_summary"] == "They asked."
    assert (short["call_successful"], short["call_duration_secs"]) == ("success", 42)


def test_pages_hold_while_conversations_begin(ask: Caller, agent: Agent) -> None:
    there = {make_talk(agent).pk for _ in range(5)}  # all at the same moment
    seen: list[str] = []
    cursor = ""

    while True:
        got = ask.get(f"/convai/conversations?page_size=2{cursor}").json()
        seen += [c["conversation_id"] for c in got["conversations"]]
        make_talk(agent, started_at=NOON + timedelta(days=1))
        if not got["has_more"]:
            break
        cursor = f"&cursor={got['next_cursor']}"

    assert len(seen) == len(set(seen)) == 5
    assert set(seen) == there


def test_a_page_takes_two_queries_however_long(
    ask: Caller, agent: Agent, django_assert_num_queries: Any
) -> None:
    for n in range(12):
        talk = make_talk(agent)
        if n % 2:
            judge(talk)

    with django_assert_num_queries(2):  # the key, the page
        got = ask.get("/convai/conversations?page_size=10&summary_mode=include").json()
        assert len(got["conversations"]) == 10
