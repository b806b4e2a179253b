"""Conversations as rows, for the tests of the REST door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.agents.models import Agent
from dashboard.conversations import facts
from dashboard.conversations.models import Analysis, Conversation, Outcome, Status, StoredTurn
from dashboard.conversations.settling import settle
from dashboard.conversations.turns import as_row
from dashboard.engine.turns import Turn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_talk(agent: Agent, **facts: Any) -> Conversation:
    facts = {
        "status": Status.DONE,
        "started_at": NOON,
        "ended_at": NOON + timedelta(seconds=42),
        "ended_because": "end_call",
        "message_count": 3,
        "visitor_id": "visitor-1",
        "source": "python_sdk",
        "source_version": "2.78.0",
        "authorized_by": "signed_url",
    } | facts
    return Conversation.objects.create(
        workspace=agent.workspace, agent=agent, version=agent.told, **facts
    )


def judge(talk: Conversation, outcome: Outcome = Outcome.SUCCESS, **found: Any) -> Analysis:
    """As when it was judged, whatever its status."""
    Conversation.objects.filter(pk=talk.pk).update(outcome=outcome)
    facts.keep(talk, facts.in_analysis(found.get("verdicts", []), found.get("collected", [])))
    return Analysis.objects.create(
        conversation=talk, outcome=outcome, title="A late ship", summary="They asked.", **found
    )


def say(talk: Conversation, *turns: Turn) -> None:
    """What was said, and that it is over: the rows that end a conversation are written."""
    StoredTurn.objects.bulk_create(
        StoredTurn(conversation=talk, number=number, seconds_in=number, **as_row(turn))
        for number, turn in enumerate(turns)
    )
    settle(talk.pk)
