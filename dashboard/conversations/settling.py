"""What is written down about a conversation when it has ended, besides that it has."""

from __future__ import annotations

from django.db.models import Count, Q

from dashboard.engine.turns import Role

from . import facts, tool_runs
from .models import Conversation, StoredTurn


def settle(pk: str) -> None:
    """Count its messages, and keep what it can be found by. Call it once, as it ends."""
    talk = Conversation.objects.select_related("version__agent").get(pk=pk)
    turns = StoredTurn.objects.filter(conversation_id=pk)
    counted = turns.exclude(message=None).aggregate(
        every=Count("pk"), visitors=Count("pk", filter=Q(role=Role.VISITOR.value))
    )
    used = turns.exclude(tool_calls=[], tool_results=[])
    tools = list(used.values("tool_calls", "tool_results", "seconds_in"))
    facts.keep(talk, facts.in_initiation(talk.initiation))
    ended = talk.ended_at or talk.started_at
    Conversation.objects.filter(pk=pk).update(
        message_count=counted["every"],
        visitor_messages=counted["visitors"],
        lasted=max(0, round((ended - talk.started_at).total_seconds())),
        tool_names=tool_runs.record(talk, tools) if tools else [],
    )
