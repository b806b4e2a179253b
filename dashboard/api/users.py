"""Visitors, and how many talk now (contract rest.md §16)."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from ninja import Query, Router
from pydantic import BaseModel, Field

from dashboard.conversations.filters import Wanted, matching
from dashboard.conversations.visitors import Place, visitor_document, visitors

from .auth import Request
from .conversation_filters import ConversationFilters, Moment, Words
from .errors import Malformed
from .pages import PageQuery, Search
from .shapes.conversations import LiveCount
from .shapes.users import UsersPage
from .telling import tells

router = Router(tags=["Users"])
JSON = dict[str, Any]
COUNT = "conversation_count"


class UsersQuery(PageQuery):
    agent_id: str | None = None
    branch_id: str | None = None
    call_start_before_unix: Moment | None = None
    call_start_after_unix: Moment | None = None
    search: Search | None = None
    sort_by: Literal["last_contact_unix_secs", "conversation_count", "average_sentiment_score"] = (
        "last_contact_unix_secs"
    )
    sort_direction: Literal["asc", "desc"] = "desc"

    def wanted(self) -> Wanted:
        names = ("agent_id", "branch_id", "call_start_before_unix", "call_start_after_unix")
        asked = {name: getattr(self, name) for name in names}
        return ConversationFilters(**asked).wanted()


class LiveQuery(BaseModel):
    agent_id: str | None = None
    agent_ids: Words = Field(default_factory=list)


@router.get("/users", **tells(UsersPage))
def list_users(request: Request, query: Annotated[UsersQuery, Query()]) -> JSON:
    """Whoever came with an id of their own; as nobody's mood is scored, that sorts by time."""
    talks = matching(request.auth.workspace, query.wanted())
    if query.search:
        talks = talks.filter(visitor_id__icontains=query.search)
    column = "count" if query.sort_by == COUNT else "last"
    people, more = visitors(
        talks,
        column,
        descending=query.sort_direction == "desc",
        after=_opened(query, column),
        most=query.page_size,
    )
    last = people[-1] if more else None
    return {
        "users": [visitor_document(person) for person in people],
        "next_cursor": _cursor(column, last.count if column == "count" else last.last, last)
        if last
        else None,
        "has_more": more,
    }


@router.get("/analytics/live-count", **tells(LiveCount))
def live_count(request: Request, query: Annotated[LiveQuery, Query()]) -> JSON:
    """How many conversations are going on, of these agents or of all."""
    talking = request.auth.workspace.conversations.talking()
    wanted = [*query.agent_ids, *([query.agent_id] if query.agent_id else [])]
    return {"count": (talking.filter(agent__in=wanted) if wanted else talking).count()}


def _cursor(column: str, value: Any, last: Any) -> str:
    kept = [column, value.isoformat() if isinstance(value, datetime) else value, last.visitor_id]
    return base64.urlsafe_b64encode(orjson.dumps(kept)).decode()


def _opened(query: UsersQuery, column: str) -> Place | None:
    """Anybody can forge one."""
    if not query.cursor:
        return None
    try:
        of, value, visitor_id = orjson.loads(base64.urlsafe_b64decode(query.cursor))
        fine = of == column and type(visitor_id) is str and "\0" not in visitor_id
        if column == "last":
            moment = datetime.fromisoformat(value)
            fine = fine and moment.tzinfo is not None
            value = moment.astimezone(UTC)
        else:
            fine = fine and type(value) is int and 0 <= value < 2**63
    except (ValueError, TypeError, OverflowError, binascii.Error):
        fine = False
    if not fine:
        raise Malformed(["query", "cursor"], "This cursor is not of this list", "value_error")
    return Place(value, visitor_id)
