"""Agents, as answers tell them (contract rest.md §2, §4)."""

from __future__ import annotations

from typing import Any, Literal

from . import AccessInfo, Shape

JSON = dict[str, Any]


class MadeAgent(Shape):
    agent_id: str


class AgentMetadata(Shape):
    created_at_unix_secs: int
    updated_at_unix_secs: int


class WorkflowShape(Shape):
    edges: dict[str, JSON]
    nodes: dict[str, JSON]
    prevent_subagent_loops: bool


class AgentDocument(Shape):
    agent_id: str
    name: str
    conversation_config: JSON
    metadata: AgentMetadata
    platform_settings: JSON
    phone_numbers: list[JSON]
    whatsapp_accounts: list[JSON]
    workflow: WorkflowShape | None
    access_info: AccessInfo
    tags: list[str]
    version_id: str
    branch_id: str | None
    main_branch_id: str | None
    procedures: JSON


class AgentLine(Shape):
    agent_id: str
    name: str
    voice_id: str
    tags: list[str]
    created_at_unix_secs: int
    updated_at_unix_secs: int
    access_info: AccessInfo
    last_call_time_unix_secs: int | None
    archived: bool


class AgentPage(Shape):
    agents: list[AgentLine]
    next_cursor: str | None
    has_more: bool


class FoundLine(Shape):
    status: Literal["success"]
    data: AgentLine


class MissingLine(Shape):
    status: Literal["failure"]
    error_code: int
    error_status: str
    error_message: str


AgentLines = dict[str, FoundLine | MissingLine]


class LinkToken(Shape):
    agent_id: str
    conversation_token: str
    purpose: Literal["signed_url", "shareable_link"]
    expiration_time_unix_secs: int | None
    conversation_id: str | None
    token_requester_user_id: str | None


class AgentLink(Shape):
    agent_id: str
    token: LinkToken | None


class AgentAvatar(Shape):
    agent_id: str
    avatar_url: str
