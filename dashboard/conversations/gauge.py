"""Who uses what right now: a workspace's places, and each agent's (what the live gauge shows)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from dashboard.agents.models import Agent
from dashboard.workspaces import days
from dashboard.workspaces.models import Workspace

from .models import Status
from .places import ceiling

MOST_AGENTS = 100


@dataclass(frozen=True)
class Reading:
    """Places of one pool. `ceiling`: the most there can be, where bursting is on."""

    limit: int
    ceiling: int
    used: int
    burst: int = 0
    handshakes: int = 0


@dataclass(frozen=True)
class AgentReading:
    """One agent's share. `limit`, `ceiling` and `a_day` are None where it has no limit of its own
    (then the workspace's pool is all that counts)."""

    agent: Agent
    limit: int | None
    ceiling: int | None
    used: int
    burst: int
    handshakes: int
    today: int
    a_day: int | None


@dataclass(frozen=True)
class Gauge:
    """`chat`: established conversations. `total`: these and those that are still being set up."""

    chat: Reading
    total: Reading
    agents: list[AgentReading]
    has_more: bool  # there are more agents than are told


_COUNTS = {
    "used": Count("pk", filter=Q(status=Status.IN_PROGRESS)),
    "burst": Count("pk", filter=Q(status=Status.IN_PROGRESS, is_burst=True)),
    "handshakes": Count("pk", filter=Q(status=Status.INITIATED)),
}
_NOBODY = dict.fromkeys(_COUNTS, 0)


def read(workspace: Workspace, most: int = MOST_AGENTS) -> Gauge:
    """What goes on now; the busiest agents first. An agent that has a limit of its own, or had a
    visitor today, is told; any other is not."""
    going_on = workspace.conversations.going_on().values("agent").annotate(**_COUNTS).order_by()
    busy: dict[str, dict[str, Any]] = {row["agent"]: dict(row) for row in going_on}
    today = dict(
        workspace.conversations.filter(started_at__gte=days.began(workspace))
        .exclude(status=Status.INITIATED)
        .values_list("agent")
        .annotate(count=Count("pk"))
        .order_by()
    )
    sums = {name: sum(row[name] for row in busy.values()) for name in _COUNTS}
    told = Q(pk__in={*busy, *today}) | Q(limits__at_once__gte=0)
    agents = workspace.agents.filter(told).select_related("limits")
    lines = [_line(one, workspace, busy.get(one.pk, _NOBODY), today) for one in agents]
    lines.sort(key=lambda line: (-line.used, -line.today, line.agent.name, line.agent.pk))
    chat, total = workspace.chat_limit, workspace.total_limit
    both = sums["used"] + sums["handshakes"]
    return Gauge(
        Reading(chat, ceiling(chat, workspace, True), **sums),
        Reading(total, ceiling(total, workspace, True), both, sums["burst"], sums["handshakes"]),
        lines[:most],
        len(lines) > most,
    )


def _line(
    agent: Agent, workspace: Workspace, now: Mapping[str, Any], today: Mapping[str, int]
) -> AgentReading:
    limits = agent.limits
    own = limits.at_once if limits.at_once >= 0 else None
    return AgentReading(
        agent=agent,
        limit=own,
        ceiling=None if own is None else ceiling(own, workspace, limits.bursting),
        used=now["used"],
        burst=now["burst"],
        handshakes=now["handshakes"],
        today=today.get(agent.pk, 0),
        a_day=limits.a_day if limits.a_day >= 0 else None,
    )
