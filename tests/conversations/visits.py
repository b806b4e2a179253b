"""Finished conversations to judge, and a judge who needs no model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations.models import Conversation, Status, StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.engine.ports import Ask, ModelTrouble, Piece
from dashboard.engine.turns import ToolCall, Turn, Usage, agent, visitor
from dashboard.workspaces.models import User, Workspace

TALK = (agent("Hi!"), visitor("Where is order 4711?"), agent("It arrives on Monday."))
SETTINGS = {
    "evaluation": {
        "criteria": [
            {"id": "polite", "name": "Politeness", "conversation_goal_prompt": "Be polite."},
            {"id": "solved", "name": "Solved", "conversation_goal_prompt": "Solve it."},
        ]
    },
    "data_collection": {
        "order": {"type": "integer", "description": "The number of the order."},
        "mood": {"type": "string", "enum": ["calm", "angry"]},
    },
}


class Judge:
    """Answers each forced call by its tool's name, and remembers what it was asked."""

    def __init__(self, **records: Mapping[str, Any] | ModelTrouble) -> None:
        summary = {"title": "Order", "summary": "About an order.", "outcome": "success"}
        self.records: dict[str, Mapping[str, Any] | ModelTrouble] = {
            "record_verdict": {"outcome": "success", "rationale": "It shows."},
            "record_value": {"value": "4711", "rationale": "The visitor wrote it."},
            "record_summary": {**summary, "rationale": "It was solved."},
            **records,
        }
        self.asked: list[Ask] = []

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        self.asked.append(ask)
        assert ask.must_call
        record = self.records[ask.must_call.name]
        if isinstance(record, ModelTrouble):
            raise record
        yield ToolCall("c1", ask.must_call.name, record)
        yield Usage("judge", 10, 5)


def agent_of(workspace: Workspace, by: User, settings: Mapping[str, Any] = SETTINGS) -> Agent:
    config = {"conversation": {"text_only": True}}
    return revising.create(workspace, by, conversation_config=config, platform_settings=settings)


def visit(to: Agent, turns: Sequence[Turn] = TALK, ago: float = 0, **facts: Any) -> Conversation:
    """A conversation that has ended so many seconds ago and waits to be judged."""
    now = timezone.now()
    conversation = Conversation.objects.create(
        workspace=to.workspace,
        agent=to,
        version=to.told,
        status=Status.PROCESSING,
        started_at=now - timedelta(seconds=ago + 30),
        ended_at=now - timedelta(seconds=ago),
        **facts,
    )
    StoredTurn.objects.bulk_create(
        StoredTurn(conversation=conversation, number=number, **as_row(turn))
        for number, turn in enumerate(turns, 1)
    )
    return conversation
