"""Who was turned away, for their owner to see: how often on a day, by agent and reason.

Cheap while somebody floods us: one thread of a process writes at a time, whoever comes meanwhile
only adds to what it writes next, and a row is a day, not a knock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.workspaces import days
from dashboard.workspaces.models import Workspace

from .admission import NO_AGENT, Refused
from .models import Refusal
from .turns import storable

KEPT_DAYS = 90
LONGEST_ORIGIN = 300


@dataclass(frozen=True)
class Turned:
    """Refusals for one reason. `origin`: the page of the last one, empty when it did not say."""

    reason: str
    count: int
    last_at: datetime
    origin: str


@dataclass
class _Waiting:
    count: int = 0
    origin: str = ""


_Key = tuple[str, str]  # agent id, reason
_waiting: dict[_Key, _Waiting] = {}
_lock = threading.Lock()  # of _waiting
_writes = threading.Lock()  # held by the thread that writes


def count(agent_id: str, refused: Refused, origin: str = "") -> None:
    """Note that a visitor was turned away. Agents that do not exist have nobody who would look."""
    if refused.reason == NO_AGENT.reason:
        return
    with _lock:
        waiting = _waiting.setdefault((agent_id, refused.reason), _Waiting())
        waiting.count += 1
        waiting.origin = storable(origin[:LONGEST_ORIGIN])
    _write_all()


def of(whose: Workspace | Agent, last_days: int = 7) -> list[Turned]:
    """What happened today and on the days before, by reason, the most frequent first."""
    workspace = whose.workspace if isinstance(whose, Agent) else whose
    since = days.today(workspace) - timedelta(days=last_days - 1)
    found: dict[str, Turned] = {}
    for row in whose.refusals.filter(day__gte=since).order_by("last_at", "pk"):
        so_far = found[row.reason].count if row.reason in found else 0
        found[row.reason] = Turned(row.reason, so_far + row.count, row.last_at, row.last_origin)
    return sorted(found.values(), key=lambda one: (-one.count, one.reason))


def forget_old() -> int:
    """Take away what is older than KEPT_DAYS; how many rows."""
    before = timezone.now().date() - timedelta(days=KEPT_DAYS)
    return Refusal.objects.filter(day__lt=before).delete()[0]


def _write_all() -> None:
    """Write what waits, unless another thread is at it: that one looks again before it goes."""
    while _waiting and _writes.acquire(blocking=False):
        try:
            with _lock:
                taken = dict(_waiting)
                _waiting.clear()
            _write(taken)
        finally:
            _writes.release()


def _write(taken: dict[_Key, _Waiting]) -> None:
    ids = {agent_id for agent_id, _ in taken}
    agents = {
        agent.pk: agent
        for agent in Agent.objects.filter(pk__in=ids).select_related("workspace", "limits")
    }
    now = timezone.now()
    with transaction.atomic():
        for (agent_id, reason), waiting in sorted(taken.items(), key=lambda item: item[0]):
            if agent := agents.get(agent_id):
                _add(agent, reason, waiting, now)


def _add(agent: Agent, reason: str, waiting: _Waiting, now: datetime) -> None:
    facts = {"agent": agent, "day": days.today(agent.workspace, now), "reason": reason}
    changes = {
        "count": F("count") + waiting.count,
        "last_at": now,
        "last_origin": waiting.origin,
    }
    if not Refusal.objects.filter(**facts).update(**changes):
        # Another process may make the row at the same moment: then there is one all the same.
        empty = Refusal(workspace=agent.workspace, **facts)
        Refusal.objects.bulk_create([empty], ignore_conflicts=True)
        Refusal.objects.filter(**facts).update(**changes)
