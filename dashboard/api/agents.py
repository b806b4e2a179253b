"""Agents: make, read, change, copy, take away (contract rest.md §4)."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dashboard.agents import revising
from dashboard.agents.documents import agent_document
from dashboard.agents.duplicating import duplicate
from dashboard.agents.models import Agent, AgentVersion
from dashboard.conversations import signing

from .auth import Request, caller
from .errors import nothing
from .reading import found
from .shapes.agents import AgentDocument, AgentLink, MadeAgent
from .telling import tells

router = Router(tags=["Agents"])
JSON = dict[str, Any]
Tag = Annotated[str, Field(max_length=revising.LONGEST_TAG)]
# What an answer has beside the documents: clients that send back what they got set nothing.
_TOLD_BY_US = {
    "agent_id",
    "metadata",
    "phone_numbers",
    "whatsapp_accounts",
    "access_info",
    "version_id",
    "branch_id",
    "main_branch_id",
    "default_hold_audio_url",
    "agent_config",
}


class AgentChange(BaseModel):
    """The documents come as plain JSON: they are kept as sent, and checked where they are kept."""

    model_config = ConfigDict(extra="allow")
    name: str | None = None
    tags: Annotated[list[Tag], Field(max_length=revising.MOST_TAGS)] | None = None
    conversation_config: JSON | None = None
    platform_settings: JSON | None = None
    workflow: JSON | None = None
    version_description: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, sent: Any) -> Any:
        """Some published examples wrap everything in `agent_config`."""
        if isinstance(sent, dict) and isinstance(sent.get("agent_config"), dict):
            return {**sent["agent_config"], **sent}
        return sent

    def named(self) -> JSON:
        """Only what was sent; an agent's name cannot be reset to none."""
        parts = {"tags", "conversation_config", "platform_settings", "workflow"}
        change = self.model_dump(include=parts, exclude_unset=True)
        return (change if self.name is None else {**change, "name": self.name}) | self.unknown()

    def unknown(self) -> JSON:
        extra = self.model_extra or {}
        return {"other": {name: extra[name] for name in extra if name not in _TOLD_BY_US}}


class NewAgent(AgentChange):
    conversation_config: JSON


class Copy(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str | None = None


@router.post("/create", **tells(MadeAgent))
def create(request: Request, wish: NewAgent) -> JSON:
    """A new agent. Unknown fields are kept; `enable_versioning` is: every change is a version."""
    agent = revising.create(
        request.auth.workspace,
        caller(request),
        name=wish.name,
        tags=wish.tags or (),
        conversation_config=wish.conversation_config,
        platform_settings=wish.platform_settings,
        workflow=wish.workflow,
        other=wish.unknown()["other"],
    )
    return {"agent_id": agent.pk}


@router.get("/{agent_id}", **tells(AgentDocument))
def get(request: Request, agent_id: str, version_id: str | None = None) -> JSON:
    """What the agent is told today, or was told by a version."""
    agent = one_agent(request, agent_id)
    version: AgentVersion | None = None
    if version_id:
        version = found(agent.versions.all(), version_id, "version")
    return agent_document(agent, request.auth.made_by, server=server_of(request), version=version)


@router.patch("/{agent_id}", **tells(AgentDocument))
def update(request: Request, agent_id: str, change: AgentChange) -> JSON:
    """Merge into what the agent is told: lists are replaced whole, null is the default again."""
    agent = one_agent(request, agent_id)
    note = change.version_description or ""
    try:
        revising.revise(agent, change.named(), caller(request), note)
    except Agent.DoesNotExist:  # taken away since it was found
        raise nothing("agent") from None
    return agent_document(agent, request.auth.made_by, server=server_of(request))


@router.delete("/{agent_id}", **tells(None, 204))
def delete(request: Request, agent_id: str, force: bool = False) -> HttpResponse:
    """Take it away; its conversations stay. `force` is taken: nothing here depends on agents."""
    if not revising.retire(one_agent(request, agent_id), caller(request)):
        raise nothing("agent")
    return HttpResponse(status=204)


@router.post("/{agent_id}/duplicate", **tells(MadeAgent))
def copy(request: Request, agent_id: str, wish: Copy = Copy()) -> JSON:
    """A new agent that is told the same."""
    return {"agent_id": duplicate(one_agent(request, agent_id), caller(request), wish.name).pk}


@router.get("/{agent_id}/link", **tells(AgentLink))
def link(request: Request, agent_id: str) -> JSON:
    """What opens the agent: nothing for a public one, else a token that opens it for a while."""
    agent = one_agent(request, agent_id)
    if not agent.limits.needs_signature:
        return {"agent_id": agent.pk, "token": None}
    until = int(timezone.now().timestamp()) + settings.SIGNED_URL_SECONDS
    token = {
        "agent_id": agent.pk,
        "conversation_token": signing.sign(agent.pk),
        "purpose": "signed_url",
        "expiration_time_unix_secs": until,
        "conversation_id": None,
        "token_requester_user_id": request.auth.made_by_id,
    }
    return {"agent_id": agent.pk, "token": token}


def one_agent(request: Request, agent_id: str) -> Agent:
    return found(request.auth.workspace.agents.listed(), agent_id, "agent")


def server_of(request: HttpRequest) -> str:
    """The address that visitors' browsers can reach."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
