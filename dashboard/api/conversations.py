"""Conversations: list, read, search, judge again, delete (contract rest.md §13)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Query, Router
from pydantic import Field

from dashboard.conversations import lifecycle
from dashboard.conversations.documents import (
    conversation_document,
    conversation_gist,
)
from dashboard.conversations.filters import matching
from dashboard.conversations.lines import conversation_line, lines
from dashboard.conversations.models import Conversation

from .auth import Request, caller
from .conversation_filters import ConversationFilters, Words
from .errors import Malformed, Refusal
from .pages import Order, PageQuery, page
from .reading import found
from .shapes import Done
from .shapes.conversations import ConversationsPage, ConversationSummary, WholeConversation
from .telling import tells

router = Router(tags=["Conversations"])
JSON = dict[str, Any]


class ConversationsQuery(ConversationFilters, PageQuery):
    evaluation_criteria_ids: Words = Field(default_factory=list)
    data_collection_ids: Words = Field(default_factory=list)
    summary_mode: Literal["exclude", "include"] = "exclude"
    sort_direction: Literal["asc", "desc"] = "desc"


@router.get("", **tells(ConversationsPage))
def list_conversations(request: Request, query: Annotated[ConversationsQuery, Query()]) -> JSON:
    """Newest first, narrowed by any of the filters; what no conversation here has, none matches."""
    order = Order("started_at", query.sort_direction == "desc")
    rows = matching(request.auth.workspace, query.wanted())
    with_results = bool(query.evaluation_criteria_ids or query.data_collection_ids)
    some = page(lines(rows, with_results=with_results), order, query)
    told = [
        conversation_line(
            row,
            with_summary=query.summary_mode == "include",
            criteria=query.evaluation_criteria_ids,
            fields=query.data_collection_ids,
        )
        for row in some.rows
    ]
    return some.document("conversations", told)


@router.get("/{conversation_id}", **tells(WholeConversation))
def get(
    request: Request,
    conversation_id: str,
    format: Literal["json", "opentelemetry"] = "json",  # noqa: A002  # the wire's word
) -> JSON:
    """One conversation with its transcript, and its analysis once it is done."""
    if format != "json":
        raise Malformed(["query", "format"], "This server tells conversations as json", "enum")
    return conversation_document(_one(request, conversation_id))


@router.get("/{conversation_id}/summary", **tells(ConversationSummary))
def summary(
    request: Request,
    conversation_id: str,
    max_messages: Annotated[int, Query(ge=1, le=200)] = 40,
) -> JSON:
    """What it came to, with its messages where there are no more than `max_messages`."""
    return conversation_gist(_one(request, conversation_id), max_messages)


@router.post("/{conversation_id}/analysis/run", **tells(WholeConversation, refuses=(400,)))
def judge_again(request: Request, conversation_id: str) -> JSON:
    """Judge it once more. The answer does not wait for that: its status is `processing`."""
    conversation = _one(request, conversation_id)
    if conversation.status in lifecycle.GOING_ON:
        raise Refusal(400, "conversation_in_progress", "This conversation is still going on.")
    lifecycle.judge_again(conversation, caller(request))  # unless it is being judged already
    return conversation_document(_one(request, conversation_id))


@router.get("/{conversation_id}/audio", **tells(None, 404, description="Nobody speaks here."))
def audio(request: Request, conversation_id: str) -> JSON:
    """There is none: conversations on this server are text."""
    _one(request, conversation_id)
    raise Refusal(404, "audio_not_found", "This conversation was in text and has no audio.")


@router.delete("/{conversation_id}", **tells(Done, refuses=(400,)))
def delete(request: Request, conversation_id: str) -> JSON:
    """For good, with its turns, its analysis and its files."""
    rows = request.auth.workspace.conversations
    conversation = found(rows.all(), conversation_id, "conversation")
    if not lifecycle.delete(conversation, caller(request)) and rows.filter(pk=conversation.pk):
        raise Refusal(400, "conversation_in_progress", "This conversation is still going on.")
    return {}


def _one(request: Request, conversation_id: str) -> Conversation:
    rows = request.auth.workspace.conversations.recent().select_related("workspace")
    return found(rows, conversation_id, "conversation")
