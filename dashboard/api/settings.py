"""A workspace's settings and its dashboard's charts (contract rest.md §15)."""

from __future__ import annotations

from typing import Any

from ninja import Router
from pydantic import BaseModel, ConfigDict

from dashboard.agents import workspace_settings as ours

from .auth import Request, caller
from .shapes.settings import DashboardSettings, WorkspaceSettings
from .telling import tells

router = Router(tags=["Settings"])
JSON = dict[str, Any]


class SettingsChange(BaseModel):
    """The parts come as plain JSON: they are kept as sent, and checked where they are kept."""

    model_config = ConfigDict(extra="allow")
    conversation_initiation_client_data_webhook: JSON | None = None
    webhooks: JSON | None = None
    can_use_mcp_servers: bool | None = None
    rag_retention_period_days: int | None = None
    conversation_embedding_retention_days: int | None = None
    default_livekit_stack: str | None = None
    limits: JSON | None = None


class DashboardChange(BaseModel):
    model_config = ConfigDict(extra="allow")
    charts: list[JSON] | None = None


@router.get("", **tells(WorkspaceSettings))
def get_settings(request: Request) -> JSON:
    """What holds for all agents, with every default filled in."""
    return ours.settings_document(request.auth.workspace)


@router.patch("", **tells(WorkspaceSettings))
def update_settings(request: Request, change: SettingsChange) -> JSON:
    """Merge into the settings; null resets a part to its default."""
    wanted = change.model_dump(exclude_unset=True)
    changed = ours.change_settings(request.auth.workspace, wanted, caller(request))
    return ours.settings_document(changed)


@router.get("/dashboard", **tells(DashboardSettings))
def get_dashboard_settings(request: Request) -> JSON:
    """Which charts the dashboard shows."""
    return ours.dashboard_document(request.auth.workspace)


@router.patch("/dashboard", **tells(DashboardSettings))
def update_dashboard_settings(request: Request, change: DashboardChange) -> JSON:
    """The charts are replaced whole; at most four."""
    wanted = change.model_dump(exclude_unset=True)
    changed = ours.change_dashboard(request.auth.workspace, wanted, caller(request))
    return ours.dashboard_document(changed)
