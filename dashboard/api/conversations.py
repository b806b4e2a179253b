"""Conversations: list, read, delete (contract rest.md §13)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from ninja import Query, Router
from pydantic import Field

from dashboard.conversations.documents import conversation_document, conversation_summary
from dashboard.conversations.models import Conversation, Outcome, Status

from .auth import Request
from .errors import Refusal
from .pages import Order, PageQuery, Search, page
from .reading import found

router = Router(tags=["Conversations"])
JSON = dict[str, Any]
Moment = Annotated[int, Field(ge=0, le=253_402_300_799)]  # up to the year 9999
GOING_ON = (Status.INITIATED, Status.IN_PROGRESS)


class ConversationsQuery(PageQuery):
    agent_id: str | None = None
    call_successful: Literal["success", "failure", "unknown", "error"] | None = None
    status: list[Status] = Field(default_factory=list)
    exclude_statuses: list[Status] = Field(default_factory=list)
    call_start_before_unix: Moment | None = None
    call_start_after_unix: Moment | None = None
    user_id: str | None = None
    text_only: bool | None = None
    version_id: str | None = None
    conversation_initiation_source: str | None = None
    main_languages: list[str] = Field(default_factory=list)
    termination_reasons: list[str] = Field(default_factory=list)
    search: Search | None = None
    summary_mode: Literal["exclude", "include"] = "exclude"
    sort_direction: Literal["asc", "desc"] = "desc"

    def narrow(self) -> Q:
        """Every filter that was asked for."""
        exact = {
            "agent_id": self.agent_id,
            "visitor_id": self.user_id,
            "text_only": self.text_only,
            "version_id": self.version_id,
            "source": self.conversation_initiation_source,
            "status__in": self.status or None,
            "language__in": self.main_languages or None,
            "ended_because__in": self.termination_reasons or None,
            "started_at__lt": _time(self.call_start_before_unix),
            "started_at__gt": _time(self.call_start_after_unix),
        }
        wanted = Q(**{column: value for column, value in exact.items() if value is not None})
        if self.search:
            wanted &= Q(analysis__title__icontains=self.search) | Q(
                analysis__summary__icontains=self.search
            )
        return wanted & ~Q(status__in=self.exclude_statuses) & _judged(self.call_successful)


@router.get("")
def list_conversations(request: Request, query: Annotated[ConversationsQuery, Query()]) -> JSON:
    order = Order("started_at", query.sort_direction == "desc")
    some = page(_lines(request).filter(query.narrow()), order, query)
    with_summary = query.summary_mode == "include"
    return some.document(
        "conversations",
        [conversation_summary(row, with_summary=with_summary) for row in some.rows],
    )


@router.get("/{conversation_id}")
def get(request: Request, conversation_id: str) -> JSON:
    rows = request.auth.workspace.conversations.recent().select_related("workspace")
    return conversation_document(found(rows, conversation_id, "conversation"))


@router.delete("/{conversation_id}")
def delete(request: Request, conversation_id: str) -> JSON:
    """For good, with its turns and its analysis."""
    rows = request.auth.workspace.conversations
    conversation = found(rows.all(), conversation_id, "conversation")
    # Somebody is still writing to it; the server that holds it would stumble.
    rows.filter(pk=conversation.pk).exclude(status__in=GOING_ON).delete()
    if rows.filter(pk=conversation.pk).exists():
        raise Refusal(400, "conversation_in_progress", "This conversation is still going on.")
    return {}


def _lines(request: Request) -> QuerySet[Conversation]:
    """The rows with what a line of the list shows, and no more."""
    return request.auth.workspace.conversations.select_related("agent", "analysis").defer(
        "initiation", "analysis__verdicts", "analysis__collected"
    )


def _judged(outcome: str | None) -> Q:
    match outcome:
        case None:
            return Q()
        case "error":
            return Q(status=Status.FAILED)
        case Outcome.UNKNOWN:
            return ~Q(status=Status.DONE) | Q(analysis=None) | Q(analysis__outcome=outcome)
        case _:
            return Q(status=Status.DONE, analysis__outcome=outcome)


def _time(unix: int | None) -> datetime | None:
    return None if unix is None else datetime.fromtimestamp(unix, UTC)
