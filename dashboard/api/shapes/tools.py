"""Shared tools, who uses them, and their calls (contract rest.md §2, §9)."""

from __future__ import annotations

from typing import Any, Literal

from . import AccessInfo, Shape


class ToolUsage(Shape):
    total_calls: int
    avg_latency_secs: float


class UnresolvedSecret(Shape):
    """A header whose secret the workspace does not have: the tool cannot be called until then."""

    header: str
    secret_id: str
    message: str


class ApiSchema(Shape):
    url: str


class WebhookTool(Shape):
    type: Literal["webhook"]
    name: str
    description: str
    api_schema: ApiSchema


class ClientTool(Shape):
    type: Literal["client"]
    name: str
    description: str


class SystemTool(Shape):
    type: Literal["system"]
    name: str
    params: dict[str, Any]


class ForeignTool(Shape):
    """Of a kind that is kept here, and not run."""

    type: Literal["mcp", "api_integration_webhook", "smb"]


class SharedTool(Shape):
    id: str
    tool_config: WebhookTool | ClientTool | SystemTool | ForeignTool
    access_info: AccessInfo
    usage_stats: ToolUsage
    response_mocks: list[dict[str, Any]] | None = None
    unresolved: list[UnresolvedSecret]


class ToolsPage(Shape):
    tools: list[SharedTool]
    next_cursor: str | None = None
    has_more: bool


class DependentThing(Shape):
    """An agent or a tool that uses something."""

    type: str
    id: str
    name: str
    created_at_unix_secs: int
    access_level: str


class DependentAgentsPage(Shape):
    agents: list[DependentThing]
    branches: list[dict[str, Any]]
    next_cursor: str | None = None
    has_more: bool


class ToolExecution(Shape):
    id: str
    tool_id: str
    tool_request_id: str
    conversation_id: str
    agent_id: str
    branch_id: str | None = None
    timestamp: float
    latency_secs: float
    is_error: bool
    request_payload: str | None = None
    response_payload: str | None = None
    error_message: str | None = None
    error_type: str | None = None


class ToolExecutionsPage(Shape):
    executions: list[ToolExecution]
    next_cursor: str | None = None
    has_more: bool
