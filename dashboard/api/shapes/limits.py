"""Who uses what (an extension: the hosted platform has no such route)."""

from __future__ import annotations

from . import Shape


class PoolUse(Shape):
    limit: int
    burst_ceiling: int
    in_use: int
    burst_in_use: int
    handshakes: int


class AgentUse(Shape):
    agent_id: str
    name: str
    limit: int | None
    burst_ceiling: int | None
    bursting_enabled: bool
    in_use: int
    burst_in_use: int
    handshakes: int
    today: int
    daily_limit: int | None


class RefusalsOf(Shape):
    reason: str
    count: int
    last_unix_secs: int
    last_origin: str | None


class LimitsInUse(Shape):
    plan: str
    time_zone: str
    chat: PoolUse
    total: PoolUse
    agents: list[AgentUse]
    agents_has_more: bool
    refusals_last_7_days: list[RefusalsOf]
