"""Webhooks of a workspace: add, list, change, take away (contract rest.md §19)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from ninja import Router
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from dashboard.agents import webhook_uses
from dashboard.webhooks import address, endpoints, headers
from dashboard.webhooks.documents import webhook_document
from dashboard.webhooks.models import WebhookEndpoint

from .auth import Request, caller
from .errors import Malformed, Refusal, nothing
from .reading import found
from .shapes.webhooks import NewWorkspaceWebhook, WebhookStatus, WorkspaceWebhooks
from .telling import tells

router = Router(tags=["Webhooks"])
JSON = dict[str, Any]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Field(max_length=120)]
Address = Annotated[str, AfterValidator(address.checked)]
Event = Annotated[str, Field(min_length=1, max_length=100)]
_HEADERS = ["body", "request_headers"]


def _sendable(sent: dict[str, Any]) -> dict[str, Any]:
    """Null stands for a header that is not there."""
    headers.checked({name: value for name, value in sent.items() if value is not None})
    return sent


RequestHeaders = Annotated[dict[str, Any], AfterValidator(_sendable)]


class HmacWebhook(BaseModel):
    model_config = ConfigDict(extra="allow")
    auth_type: Literal["hmac"]
    name: Name
    webhook_url: Address
    request_headers: RequestHeaders | None = None


class NewWebhook(BaseModel):
    model_config = ConfigDict(extra="allow")
    settings: HmacWebhook


class WebhookChange(BaseModel):
    model_config = ConfigDict(extra="allow")
    is_disabled: bool
    name: Name
    retry_enabled: bool | None = None
    request_headers: RequestHeaders | None = None
    events: Annotated[list[Event], Field(max_length=20)] | None = None

    def named(self) -> endpoints.Changes:
        """Only what was sent."""
        known = set(endpoints.Changes.__annotations__)
        sent = self.model_dump(include=known, exclude_unset=True)
        return cast(endpoints.Changes, {k: v for k, v in sent.items() if v is not None})


@router.get("", **tells(WorkspaceWebhooks))
def list_webhooks(request: Request, include_usages: bool = False) -> JSON:
    """All of them, newest first; with `include_usages` also what names each."""
    workspace = request.auth.workspace
    rows = workspace.webhooks.listed()
    if not include_usages:
        return {"webhooks": [webhook_document(row) for row in rows]}
    uses = webhook_uses.uses(workspace)
    return {"webhooks": [webhook_document(row, uses.get(row.pk, [])) for row in rows]}


@router.post("", **tells(NewWorkspaceWebhook))
def create_webhook(request: Request, wish: NewWebhook) -> JSON:
    """Add one; its secret is in this answer and in no other."""
    told = wish.settings
    try:
        endpoint, secret = endpoints.add(
            request.auth.workspace,
            caller(request),
            told.name,
            told.webhook_url,
            told.request_headers,
        )
    except endpoints.TooMany:
        message = f"A workspace has at most {endpoints.MOST} webhooks."
        raise Refusal(400, "too_many_webhooks", message) from None
    return {"webhook_id": endpoint.pk, "webhook_secret": secret}


@router.patch("/{webhook_id}", **tells(WebhookStatus))
def update_webhook(request: Request, webhook_id: str, change: WebhookChange) -> JSON:
    """Rename it, switch it on or off; headers are merged, and null takes one away."""
    endpoint = _webhook(request, webhook_id)
    try:
        endpoints.change(endpoint.pk, caller(request), **change.named())
    except WebhookEndpoint.DoesNotExist:
        raise nothing("webhook") from None
    except ValueError as trouble:  # more headers than there can be, together with those before
        raise Malformed([*_HEADERS], str(trouble), "value_error") from None
    return {"status": "ok"}


@router.delete("/{webhook_id}", **tells(WebhookStatus))
def delete_webhook(request: Request, webhook_id: str, force: bool = False) -> JSON:
    """For good. One that settings or agents name stays, unless `force` is true."""
    endpoint = _webhook(request, webhook_id)
    try:
        webhook_uses.remove(endpoint, caller(request), force=force)
    except webhook_uses.InUse as reason:
        message = f"{reason} Delete it with ?force=true."
        raise Refusal(400, "webhook_in_use", message) from None
    except WebhookEndpoint.DoesNotExist:
        raise nothing("webhook") from None
    return {"status": "ok"}


def _webhook(request: Request, webhook_id: str) -> WebhookEndpoint:
    return found(request.auth.workspace.webhooks.listed(), webhook_id, "webhook")
