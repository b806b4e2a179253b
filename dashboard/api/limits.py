"""Who uses what, and who was turned away (an extension; docs/limits.md)."""

from __future__ import annotations

from typing import Any

from ninja import Router

from dashboard.conversations import gauge, refusals
from dashboard.conversations.gauge import AgentReading, Reading

from .auth import Request
from .shapes.limits import LimitsInUse
from .telling import tells

router = Router(tags=["Limits"])
JSON = dict[str, Any]


@router.get("/limits", **tells(LimitsInUse))
def limits_in_use(request: Request) -> JSON:
    """The workspace's pools, the share of each agent, and the refusals of the last seven days."""
    workspace = request.auth.workspace
    now = gauge.read(workspace)
    return {
        "plan": workspace.plan,
        "time_zone": workspace.time_zone,
        "chat": _pool(now.chat),
        "total": _pool(now.total),
        "agents": [_share(one) for one in now.agents],
        "agents_has_more": now.has_more,
        "refusals_last_7_days": [_turned(one) for one in refusals.of(workspace)],
    }


def _pool(pool: Reading) -> JSON:
    return {
        "limit": pool.limit,
        "burst_ceiling": pool.ceiling,
        "in_use": pool.used,
        "burst_in_use": pool.burst,
        "handshakes": pool.handshakes,
    }


def _share(one: AgentReading) -> JSON:
    return {
        "agent_id": one.agent.pk,
        "name": one.agent.name,
        "limit": one.limit,
        "burst_ceiling": one.ceiling,
        "bursting_enabled": one.agent.limits.bursting,
        "in_use": one.used,
        "burst_in_use": one.burst,
        "handshakes": one.handshakes,
        "today": one.today,
        "daily_limit": one.a_day,
    }


def _turned(one: refusals.Turned) -> JSON:
    return {
        "reason": one.reason,
        "count": one.count,
        "last_unix_secs": int(one.last_at.timestamp()),
        "last_origin": one.origin or None,
    }
