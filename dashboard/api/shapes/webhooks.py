"""Webhooks of a workspace (contract rest.md §19)."""

from __future__ import annotations

from typing import Literal

from . import Shape


class WebhookUsage(Shape):
    usage_type: str


class WorkspaceWebhook(Shape):
    name: str
    webhook_id: str
    webhook_url: str
    is_disabled: bool
    is_auto_disabled: bool
    created_at_unix: int
    auth_type: Literal["hmac"]
    usage: list[WebhookUsage] | None = None
    events: list[str] | None = None
    retry_enabled: bool
    request_header_names: list[str]
    most_recent_failure_error_code: int | None = None
    most_recent_failure_timestamp: int | None = None


class WorkspaceWebhooks(Shape):
    webhooks: list[WorkspaceWebhook]


class NewWorkspaceWebhook(Shape):
    webhook_id: str
    webhook_secret: str


class WebhookStatus(Shape):
    status: Literal["ok"]
