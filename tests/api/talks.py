"""Conversations as rows, for the tests of the REST door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.agents.models import Agent
from dashboard.conversations.models import Analysis, Conversation, Outcome, Status

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


def judge(talk: Conversation, outcome: Outcome = Outcome.SUCCESS, **facts: Any) -> Analysis:
    return Analysis.objects.create(
        conversation=talk, outcome=outcome, title="A late ship", summary="They asked.", **facts
    )
