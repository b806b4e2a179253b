"""A workspace's settings (contract rest.md §15)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from . import Shape


class StartWebhook(Shape):
    url: str
    request_headers: dict[str, Any]


class PostCallWebhook(Shape):
    post_call_webhook_id: str | None
    events: list[str]
    transcript_format: Literal["json", "opentelemetry"]
    exclude_transcript: bool | None = None
    send_audio: bool | None = None


class WorkspaceLimits(Shape):
    """An extension: the plan's pools, and what holds where an agent says nothing else."""

    plan: Literal["free", "starter", "creator", "pro", "scale", "business", "enterprise"]
    voice_limit: int
    chat_limit: int
    total_limit: int
    own_voice_limit: int | None
    refusal_message: str = Field(max_length=120)
    messages_per_minute: int = Field(ge=0)


class WorkspaceSettings(Shape):
    conversation_initiation_client_data_webhook: StartWebhook | None
    webhooks: PostCallWebhook
    can_use_mcp_servers: bool
    rag_retention_period_days: int = Field(ge=1, le=30)
    conversation_embedding_retention_days: int | None
    default_livekit_stack: Literal["standard", "static"]
    limits: WorkspaceLimits


class DashboardChart(Shape):
    type: Literal["call_success", "criteria", "data_collection"]
    name: str
    criteria_id: str | None = None
    data_collection_id: str | None = None


class DashboardSettings(Shape):
    charts: list[DashboardChart]
