"""A list of conversations as clients read it (contract rest.md §13)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet

from .documents import analysis_of, values_of, verdicts_of
from .models import Conversation, Outcome, Status

JSON = dict[str, Any]
_IN_A_LINE = (
    *("workspace_id", "agent_id", "status", "started_at", "ended_at", "lasted", "message_count"),
    *("visitor_messages", "outcome", "language", "source", "tool_names", "ended_because"),
    *("visitor_id", "version_id", "rating"),
)


def lines(rows: QuerySet[Conversation], *, with_results: bool) -> QuerySet[Conversation]:
    """The rows with what their lines show, and no more: most of a list's time goes into rows."""
    told = rows.annotate(
        agents_name=F("agent__name"), title=F("analysis__title"), summary=F("analysis__summary")
    )
    if with_results:
        results = ("analysis__verdicts", "analysis__collected")
        return told.select_related("analysis").only(*_IN_A_LINE, *results)
    return told.only(*_IN_A_LINE)


def conversation_line(
    conversation: Conversation,
    *,
    with_summary: bool = True,
    criteria: Collection[str] = (),
    fields: Collection[str] = (),
) -> JSON:
    """One line of a list, of a row out of `lines`.

    `criteria` and `fields`: whose results stand in it as well.
    """
    analysis = analysis_of(conversation) if criteria or fields else None
    return _judged(conversation, with_summary) | {
        "agent_id": conversation.agent_id,
        "conversation_id": conversation.pk,
        "start_time_unix_secs": int(conversation.started_at.timestamp()),
        "call_duration_secs": conversation.seconds,
        "message_count": conversation.message_count,
        "user_message_count": conversation.visitor_messages,
        "agent_message_count": max(0, conversation.message_count - conversation.visitor_messages),
        "status": conversation.status,
        "main_language": conversation.language,
        "conversation_initiation_source": conversation.source or "unknown",
        "tool_names": conversation.tool_names,
        "termination_reason": conversation.ended_because,
        "user_id": conversation.visitor_id or None,
        "version_id": conversation.version_id,
        "branch_id": None,
        "direction": None,
        "rating": conversation.rating,
        "tag_ids": [],
        "evaluation_criteria_results": verdicts_of(analysis, criteria),
        "data_collection_results": values_of(analysis, fields),
    }


def _judged(row: Any, with_summary: bool) -> JSON:
    """What `lines` has put beside a row, as far as it is final."""
    done = row.status == Status.DONE
    return {
        "agent_name": row.agents_name,
        "call_successful": row.outcome if done else Outcome.UNKNOWN.value,
        "call_success_score": None,
        "transcript_summary": row.summary if done and with_summary else None,
        "call_summary_title": (row.title or None) if done else None,
    }
