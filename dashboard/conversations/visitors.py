"""Who came: conversations by the id that the page gave its visitor (contract rest.md §16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q

from .models import Conversation, ConversationQuerySet

COLUMNS = {"last": datetime, "count": int}


@dataclass(frozen=True)
class Visitor:
    visitor_id: str
    first: datetime
    last: datetime
    count: int
    latest: Conversation  # with its agent


@dataclass(frozen=True)
class Place:
    """Where a page starts: after this visitor."""

    value: datetime | int
    visitor_id: str


def visitors(
    talks: ConversationQuerySet,
    column: str,
    *,
    descending: bool = True,
    after: Place | None = None,
    most: int = 30,
) -> tuple[list[Visitor], bool]:
    """A page of them, and whether there are more. `column`: one of COLUMNS."""
    sign, beyond = ("-", "lt") if descending else ("", "gt")
    groups = (
        talks.filter(visitor_id__gt="")  # there is an index of these
        .order_by()
        .values("visitor_id")
        .annotate(first=Min("started_at"), last=Max("started_at"), count=Count("pk"))
        .order_by(f"{sign}{column}", f"{sign}visitor_id")
    )
    if after:
        same = Q(**{column: after.value, f"visitor_id__{beyond}": after.visitor_id})
        groups = groups.filter(Q(**{f"{column}__{beyond}": after.value}) | same)
    found: list[Any] = list(groups[: most + 1])
    shown = found[:most]
    latest = _latest(talks, shown)
    people = [Visitor(**row, latest=latest[row["visitor_id"]]) for row in shown]
    return people, len(found) > most


def visitor_document(visitor: Visitor) -> dict[str, Any]:
    """Nobody's mood is scored here, so nothing is counted of it."""
    scores = ("scored_conversation", "positive", "neutral", "negative")
    counts = {f"{name}_count": 0 for name in scores}
    return {
        "user_id": visitor.visitor_id,
        "last_contact_unix_secs": int(visitor.last.timestamp()),
        "first_contact_unix_secs": int(visitor.first.timestamp()),
        "conversation_count": visitor.count,
        "last_contact_agent_id": visitor.latest.agent_id,
        "last_contact_conversation_id": visitor.latest.pk,
        "last_contact_agent_name": visitor.latest.agent.name,
        "sentiment": counts | {f"recent_{name}": count for name, count in counts.items()},
        "most_frustrated_conversations": [],
    }


def _latest(talks: ConversationQuerySet, shown: list[dict[str, Any]]) -> dict[str, Conversation]:
    if not shown:
        return {}
    # Apart, the names and the times can be looked up in an index; put in pairs they could not.
    names, times = zip(*((row["visitor_id"], row["last"]) for row in shown), strict=True)
    last = set(zip(names, times, strict=True))
    rows = talks.filter(visitor_id__in=names, started_at__in=times).order_by("pk")
    told = rows.select_related("agent").defer("initiation")
    return {row.visitor_id: row for row in told if (row.visitor_id, row.started_at) in last}
