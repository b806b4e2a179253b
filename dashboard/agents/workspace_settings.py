"""What holds for all agents of a workspace: its settings on the wire (contract rest.md §15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django.db import transaction
from pydantic import Field, field_validator

from dashboard.webhooks import address, headers
from dashboard.workspaces import audit, ids
from dashboard.workspaces.audit import By
from dashboard.workspaces.models import Workspace

from .documents import Document, Unfit, checked, filled, merged
from .documents.document import size_of
from .documents.platform_settings import Webhooks
from .workspace_limits import PART as LIMITS
from .workspace_limits import limit, limits_document

JSON = dict[str, Any]
LARGEST = 200_000  # bytes of one document
Name = Annotated[str, Field(min_length=1, max_length=200)]
EVENTS = (
    "transcript",
    "audio",
    "call_initiation_failure",
    "answering_machine_detection",
    "unredacted_transcript",
    "unredacted_audio",
)
# One address and its headers belong together: another address never gets the headers of the first.
_START = "conversation_initiation_client_data_webhook"
_POST_CALL = ("webhooks", "post_call_webhook_id")


class InitiationWebhook(Document):
    """Whom to ask for a conversation's variables before it starts."""

    url: str
    request_headers: JSON = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        return address.shaped(url)

    @field_validator("request_headers")
    @classmethod
    def _can_be_sent(cls, sent: JSON) -> JSON:
        return headers.checked(sent)


class PostCall(Webhooks):
    """Who is told of each judged conversation, where the agent names nobody itself."""

    @field_validator("post_call_webhook_id")
    @classmethod
    def _could_be_one(cls, webhook_id: str | None) -> str | None:
        if webhook_id and not ids.is_id(webhook_id):
            raise ValueError("This workspace has no webhook with this id")
        return webhook_id

    @field_validator("events")
    @classmethod
    def _are_known(cls, events: list[str]) -> list[str]:
        if not set(events) <= set(EVENTS) or len(events) > len(EVENTS):
            raise ValueError(f"Input should be among {', '.join(EVENTS)}, each once")
        return events


class WorkspaceSettings(Document):
    conversation_initiation_client_data_webhook: InitiationWebhook | None = None
    webhooks: PostCall = Field(default_factory=PostCall)
    can_use_mcp_servers: bool = False
    rag_retention_period_days: Annotated[int, Field(ge=1, le=30)] = 10
    conversation_embedding_retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    default_livekit_stack: Literal["standard", "static"] = "standard"


class SuccessChart(Document):
    type: Literal["call_success"]
    name: Name


class CriteriaChart(Document):
    type: Literal["criteria"]
    name: Name
    criteria_id: Name


class DataChart(Document):
    type: Literal["data_collection"]
    name: Name
    data_collection_id: Name


Chart = Annotated[SuccessChart | CriteriaChart | DataChart, Field(discriminator="type")]


class DashboardSettings(Document):
    charts: Annotated[list[Chart], Field(max_length=4)] = Field(default_factory=list)


def settings_of(workspace: Workspace) -> WorkspaceSettings:
    return WorkspaceSettings.model_validate(workspace.settings)


def settings_document(workspace: Workspace) -> JSON:
    """Every default filled in, every unknown field kept."""
    return filled(WorkspaceSettings, workspace.settings) | {LIMITS: limits_document(workspace)}


def dashboard_document(workspace: Workspace) -> JSON:
    return filled(DashboardSettings, workspace.dashboard_settings)


@transaction.atomic
def change_settings(workspace: Workspace, patch: Mapping[str, Any], by: By) -> Workspace:
    """Merge; null resets. Raises Unfit, which names the place."""
    today = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    before, limits = today.settings, limits_document(today)
    sent = {name: part for name, part in patch.items() if name != LIMITS}
    kept = {k: v for k, v in before.items() if k != _START or k not in sent}
    after = merged(kept, sent)
    _bounded(after)
    _possible(today, checked(WorkspaceSettings, after), sent)
    if LIMITS in patch:
        limit(today, patch[LIMITS])
    today.settings = after
    today.save(update_fields=["settings"])
    told = (before | {LIMITS: limits}, after | {LIMITS: limits_document(today)})
    audit.record(today, by, "settings.changed", today, before=told[0], after=told[1])
    return today


@transaction.atomic
def change_dashboard(workspace: Workspace, patch: Mapping[str, Any], by: By) -> Workspace:
    today = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    before, after = today.dashboard_settings, merged(today.dashboard_settings, patch)
    _bounded(after)
    checked(DashboardSettings, after)
    today.dashboard_settings = after
    today.save(update_fields=["dashboard_settings"])
    told = [{"dashboard": document} for document in (before, after)]
    audit.record(today, by, "settings.changed", today, before=told[0], after=told[1])
    return today


def _possible(workspace: Workspace, wanted: WorkspaceSettings, patch: Mapping[str, Any]) -> None:
    """What depends on more than the document is asked only of what is changed. Raises Unfit."""
    webhook_id = wanted.webhooks.post_call_webhook_id
    if webhook_id and _names_webhook(patch) and not _has(workspace, webhook_id):
        raise _unfit("This workspace has no webhook with this id", *_POST_CALL)
    start = wanted.conversation_initiation_client_data_webhook
    if start and patch.get(_START):
        try:
            address.checked(start.url)
        except ValueError as trouble:
            raise _unfit(str(trouble), _START, "url") from None


def _unfit(message: str, *place: str) -> Unfit:
    return Unfit([{"loc": list(place), "msg": message, "type": "value_error"}])


def _names_webhook(patch: Mapping[str, Any]) -> bool:
    part = patch.get("webhooks")
    return isinstance(part, Mapping) and "post_call_webhook_id" in part


def _has(workspace: Workspace, webhook_id: str) -> bool:
    return workspace.webhooks.filter(pk=webhook_id).exists()


def _bounded(document: Mapping[str, Any]) -> None:
    if size_of(document) > LARGEST:
        message = f"Settings should have at most {LARGEST:,} bytes of JSON"
        raise Unfit([{"loc": [], "msg": message, "type": "too_long"}])
