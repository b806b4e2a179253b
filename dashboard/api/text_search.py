"""Search in what was said (contract rest.md §13)."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

import orjson
from ninja import Query, Router
from pydantic import Field

from dashboard.conversations.filters import matching
from dashboard.conversations.searching import Hit, Place, highlights, search, words_of

from .auth import Request
from .conversation_filters import ConversationFilters
from .errors import Malformed
from .pages import Search
from .shapes.conversations import FoundMessages
from .telling import tells

router = Router(tags=["Conversations"])
JSON = dict[str, Any]
BIGGEST = 2**63  # of what databases count with


class SearchQuery(ConversationFilters):
    text_query: Search
    page_size: Annotated[int, Field(ge=1, le=50)] = 20
    cursor: str | None = None
    sort_by: Literal["search_score", "created_at"] = "search_score"


@router.get("/messages/text-search", **tells(FoundMessages))
def text_search(request: Request, query: Annotated[SearchQuery, Query()]) -> JSON:
    """Messages with words that begin as the words of the query do; marks mean nothing."""
    got = search(
        matching(request.auth.workspace, query.wanted()),
        query.text_query,
        best_first=query.sort_by == "search_score",
        after=_opened(query),
        most=query.page_size,
    )
    words = words_of(query.text_query)
    return {
        "meta": {},
        "results": [_result(hit, words) for hit in got.hits],
        "next_cursor": _cursor(query, got.after) if got.after else None,
        "has_more": got.after is not None,
    }


def _result(hit: Hit, words: list[str]) -> JSON:
    talk = hit.turn.conversation
    pieces = highlights(hit.turn.message or "", words)
    return {
        "conversation_id": talk.pk,
        "agent_id": talk.agent_id,
        "agent_name": talk.agent.name,
        "transcript_index": hit.index,
        "chunk_text": "".join(text for text, _ in pieces),
        "chunk_highlights": [{"value": text, "is_hit": is_hit} for text, is_hit in pieces],
        "score": hit.score,
        "conversation_start_time_unix_secs": int(talk.started_at.timestamp()),
    }


def _cursor(query: SearchQuery, place: Place) -> str:
    kept = [query.sort_by, place.score, place.turn_id, place.newest]
    return base64.urlsafe_b64encode(orjson.dumps(kept)).decode()


def _opened(query: SearchQuery) -> Place | None:
    """Anybody can forge one."""
    if not query.cursor:
        return None
    try:
        sort_by, score, *numbers = orjson.loads(base64.urlsafe_b64decode(query.cursor))
        turn_id, newest = numbers
        fine = sort_by == query.sort_by and type(score) in (int, float)
        fine = fine and all(type(n) is int and 0 <= n < BIGGEST for n in numbers)
    except (ValueError, TypeError, binascii.Error):
        fine = False
    if not fine:
        raise Malformed(["query", "cursor"], "This cursor is not of this search", "value_error")
    return Place(score, turn_id, newest)
