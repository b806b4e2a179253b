"""Agents: make, list, read, change, take away (contract rest.md §4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dashboard.agents import revising
from dashboard.agents.documents import agent_document, agent_summary
from dashboard.agents.models import Agent

from .auth import Request
from .errors import nothing
from .pages import Order, PageQuery, Search, page
from .reading import found

router = Router(tags=["Agents"])
JSON = dict[str, Any]
Tag = Annotated[str, Field(max_length=100)]


class AgentChange(BaseModel):
    """The documents come as plain JSON: they are kept as sent, and checked where they are kept."""

    model_config = ConfigDict(extra="allow")
    name: str | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None
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
        return change if self.name is None else {**change, "name": self.name}


class NewAgent(AgentChange):
    conversation_config: JSON


class AgentsQuery(PageQuery):
    search: Search | None = None
    archived: bool = False
    tags: list[str] = Field(default_factory=list)
    show_only_owned_agents: bool = False
    created_by_user_id: str | None = None
    sort_direction: Literal["asc", "desc"] = "desc"
    sort_by: Literal["name", "created_at", "call_count_7d"] = "created_at"

    @property
    def order(self) -> Order:
        kinds = {"name": str, "call_count_7d": int}
        kind = kinds.get(self.sort_by, datetime)
        return Order(self.sort_by, self.sort_direction == "desc", kind)


@router.post("/create")
def create(request: Request, wish: NewAgent) -> JSON:
    agent = revising.create(
        request.auth.workspace,
        request.auth.made_by,
        name=wish.name,
        conversation_config=wish.conversation_config,
        platform_settings=wish.platform_settings,
        tags=wish.tags or (),
        workflow=wish.workflow,
    )
    return {"agent_id": agent.pk}


@router.get("")
def list_agents(request: Request, query: Annotated[AgentsQuery, Query()]) -> JSON:
    some = page(_wanted(request, query), query.order, query)
    calls = _last_calls(request, some.rows)
    reader = request.auth.made_by
    return some.document(
        "agents", [agent_summary(agent, reader, calls.get(agent.pk)) for agent in some.rows]
    )


@router.get("/{agent_id}")
def get(request: Request, agent_id: str) -> JSON:
    return agent_document(_agent(request, agent_id), request.auth.made_by)


@router.patch("/{agent_id}")
def update(request: Request, agent_id: str, change: AgentChange) -> JSON:
    agent = _agent(request, agent_id)
    by = request.auth.made_by
    try:
        revising.revise(agent, change.named(), by, note=change.version_description or "")
    except Agent.DoesNotExist:  # taken away since it was found
        raise nothing("agent") from None
    return agent_document(agent, by)


@router.delete("/{agent_id}")
def delete(request: Request, agent_id: str) -> HttpResponse:
    revising.retire(_agent(request, agent_id))
    return HttpResponse(status=204)


def _agent(request: Request, agent_id: str) -> Agent:
    return found(request.auth.workspace.agents.listed(), agent_id, "agent")


def _wanted(request: Request, query: AgentsQuery) -> QuerySet[Agent]:
    agents = request.auth.workspace.agents.listed().filter(archived=query.archived)
    if query.search:
        agents = agents.filter(name__icontains=query.search)
    if query.tags:  # in Python: SQLite cannot look into a JSON list
        tagged = agents.order_by().values_list("pk", "tags")
        agents = agents.filter(pk__in=[pk for pk, tags in tagged if {*query.tags} <= {*tags}])
    maker = query.created_by_user_id
    if query.show_only_owned_agents or maker == "@me":
        agents = agents.filter(made_by=request.auth.made_by)
    elif maker:
        agents = agents.filter(made_by_id=maker)
    if query.sort_by == "call_count_7d":
        recent = Q(conversations__started_at__gte=timezone.now() - timedelta(days=7))
        agents = agents.annotate(call_count_7d=Count("conversations", filter=recent))
    return agents


def _last_calls(request: Request, agents: Sequence[Agent]) -> dict[str, datetime]:
    """When each of these agents was last talked to, in one query."""
    talks = request.auth.workspace.conversations.filter(agent__in=agents).order_by()
    return dict(talks.values_list("agent").annotate(Max("started_at")))
