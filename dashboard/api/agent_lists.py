"""Many agents at once: pages with filters, and lines by id (contract rest.md §4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, Field

from dashboard.agents.documents import agent_summary
from dashboard.agents.models import Agent
from dashboard.conversations.models import Conversation
from dashboard.workspaces import ids

from .auth import Request
from .pages import Order, PageQuery, Search, page
from .shapes.agents import AgentLines, AgentPage
from .telling import tells

router = Router(tags=["Agents"])
JSON = dict[str, Any]
Text = Annotated[str, Field(max_length=100)]
MOST_IDS = 200


class AgentsQuery(PageQuery):
    search: Search | None = None
    archived: bool = False
    tags: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    show_only_owned_agents: bool = False
    created_by_user_id: str | None = None
    sort_direction: Literal["asc", "desc"] = "desc"
    sort_by: Literal["name", "created_at", "call_count_7d"] = "created_at"

    @property
    def order(self) -> Order:
        kinds = {"name": str, "call_count_7d": int}
        kind = kinds.get(self.sort_by, datetime)
        return Order(self.sort_by, self.sort_direction == "desc", kind)


class LinesQuery(BaseModel):
    agent_ids: Annotated[list[Text], Field(max_length=MOST_IDS)]


@router.get("", **tells(AgentPage))
def list_agents(request: Request, query: Annotated[AgentsQuery, Query()]) -> JSON:
    """A page of agents. Of several tags an agent has to have all."""
    some = page(_wanted(request, query), query.order, query)
    return some.document("agents", list(_lines(request, some.rows).values()))


@router.get("/summaries", **tells(AgentLines))
def summaries(request: Request, query: Annotated[LinesQuery, Query()]) -> JSON:
    """A line for each id; what cannot be found is told in its place."""
    asked = list(dict.fromkeys(query.agent_ids))
    known = [agent_id for agent_id in asked if ids.is_id(agent_id)]
    lines = _lines(request, request.auth.workspace.agents.in_lines().filter(pk__in=known))
    return {
        agent_id: {"status": "success", "data": lines[agent_id]}
        if agent_id in lines
        else {
            "status": "failure",
            "error_code": 404,
            "error_status": "agent_not_found",
            "error_message": "There is no such agent.",
        }
        for agent_id in asked
    }


def _wanted(request: Request, query: AgentsQuery) -> QuerySet[Agent]:
    found = request.auth.workspace.agents.in_lines()
    agents = found.tagged(*query.tags).filter(archived=query.archived)
    if query.search:
        agents = agents.filter(name__icontains=query.search)
    maker = query.created_by_user_id
    if query.show_only_owned_agents or maker == "@me":
        mine = request.auth.made_by
        agents = agents.filter(made_by=mine) if mine else agents.none()
    if maker and maker != "@me":
        agents = agents.filter(made_by_id=maker) if ids.is_id(maker) else agents.none()
    if query.sort_by == "call_count_7d":
        agents = agents.annotate(call_count_7d=_calls_since(timezone.now() - timedelta(days=7)))
    return agents


def _calls_since(moment: datetime) -> Coalesce:
    """Per agent, from the index alone; a join would group every conversation there is."""
    recent = Conversation.objects.filter(agent=OuterRef("pk"), started_at__gte=moment).order_by()
    counted = recent.values("agent").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _lines(request: Request, agents: Iterable[Agent]) -> dict[str, JSON]:
    """By id, in the order given; when each was last talked to is one more query."""
    shown = list(agents)
    last = Conversation.objects.filter(agent=OuterRef("pk")).order_by("-started_at", "-id")
    talked = dict(
        Agent.objects.filter(pk__in=[agent.pk for agent in shown])
        .annotate(last_call=Subquery(last.values("started_at")[:1]))
        .values_list("pk", "last_call")
    )
    reader = request.auth.made_by
    return {agent.pk: agent_summary(agent, reader, talked.get(agent.pk)) for agent in shown}
