"""Tools that agents share: make, list, read, replace, take away (contract rest.md §9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from dashboard.agents import tool_needs, tools
from dashboard.agents.models import Needed, Tool
from dashboard.agents.needs import dependents
from dashboard.agents.tool_answers import dependent, tool_document
from dashboard.conversations.tool_usage import run_document, runs_of, usage_of

from .auth import Request, caller
from .errors import Refusal, nothing
from .pages import Order, PageQuery, Search, page
from .reading import found
from .shapes.tools import DependentAgentsPage, SharedTool, ToolExecutionsPage, ToolsPage
from .telling import tells

router = Router(tags=["Tools"])
JSON = dict[str, Any]
Moment = Annotated[float, Field(ge=0, le=253_402_300_799)]  # to the year 9999
Id = Annotated[str, Field(max_length=64)]


class ToolChange(BaseModel):
    """The document comes as plain JSON, in either dialect: it is checked where it is kept."""

    model_config = ConfigDict(extra="allow")
    tool_config: JSON | None = None
    response_mocks: list[Any] | None = None


class NewTool(ToolChange):
    tool_config: JSON


class ToolsQuery(PageQuery):
    search: Search | None = None
    types: list[Id] = Field(default_factory=list)
    used_by_agent_id: Id | None = None
    show_only_owned_documents: bool = False
    created_by_user_id: Id | None = None
    sort_direction: Literal["asc", "desc"] = "desc"
    sort_by: Literal["name", "created_at"] = "created_at"

    @property
    def order(self) -> Order:
        kind = str if self.sort_by == "name" else datetime
        return Order(self.sort_by, self.sort_direction == "desc", kind)


class RunsQuery(PageQuery):
    is_error: bool | None = None
    agent_id: Id | None = None
    branch_id: Id | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None


@router.post("", **tells(SharedTool))
def create(request: Request, wish: NewTool) -> JSON:
    """Make a tool; its document may be in the REST form or in the dashboard's list form."""
    mocks = wish.response_mocks or ()
    tool = tools.create(request.auth.workspace, caller(request), wish.tool_config, mocks)
    return _told(request, [tool])[0]


@router.get("", **tells(ToolsPage))
def list_tools(request: Request, query: Annotated[ToolsQuery, Query()]) -> JSON:
    """A page of tools, narrowed by the filters."""
    some = page(_wanted(request, query), query.order, query)
    return some.document("tools", _told(request, some.rows))


@router.get("/{tool_id}", **tells(SharedTool))
def get(request: Request, tool_id: str) -> JSON:
    """One tool, and how it has been doing."""
    return _told(request, [_tool(request, tool_id)])[0]


@router.patch("/{tool_id}", **tells(SharedTool))
def update(request: Request, tool_id: str, change: ToolChange) -> JSON:
    """Replace the whole document, the mocks, or both; agents use the new one at once."""
    tool = _tool(request, tool_id)
    mocks = change.response_mocks
    if mocks is None and "response_mocks" in change.model_fields_set:
        mocks = []
    try:
        tool = tools.change(tool, caller(request), change.tool_config, mocks)
    except Tool.DoesNotExist:  # taken away since it was found
        raise nothing("tool") from None
    return _told(request, [tool])[0]


@router.delete("/{tool_id}", **tells(None, 204, refuses=(400,)))
def delete(request: Request, tool_id: str, force: bool = False) -> HttpResponse:
    """Take it away. Refused while agents use it; `force` takes it from them as well."""
    in_use = tools.delete(_tool(request, tool_id), caller(request), force=force)
    if in_use:
        raise Refusal(400, "tool_in_use", str(in_use))
    return HttpResponse(status=204)


@router.get("/{tool_id}/dependent-agents", **tells(DependentAgentsPage))
def dependent_agents(request: Request, tool_id: str, query: Annotated[PageQuery, Query()]) -> JSON:
    """The agents that use it."""
    agents = dependents(request.auth.workspace, Needed.TOOL, _tool(request, tool_id).pk)
    some = page(agents, Order("created_at"), query)
    told = [dependent(agent, referenced_resource_ids=[tool_id]) for agent in some.rows]
    return {"branches": []} | some.document("agents", told)


@router.get("/{tool_id}/executions", **tells(ToolExecutionsPage))
def executions(request: Request, tool_id: str, query: Annotated[RunsQuery, Query()]) -> JSON:
    """Its calls in conversations that are over, newest first."""
    runs = runs_of(_tool(request, tool_id))
    if query.is_error is not None:
        runs = runs.filter(is_error=query.is_error)
    if query.agent_id is not None:
        runs = runs.filter(agent_id=query.agent_id)
    if query.start_time is not None:
        runs = runs.filter(at__gte=datetime.fromtimestamp(query.start_time, UTC))
    if query.end_time is not None:
        runs = runs.filter(at__lte=datetime.fromtimestamp(query.end_time, UTC))
    some = page(runs, Order("at"), query)
    return some.document("executions", [run_document(run) for run in some.rows])


def _tool(request: Request, tool_id: str) -> Tool:
    return found(request.auth.workspace.tools.listed(), tool_id, "tool")


def _told(request: Request, some: Sequence[Tool]) -> list[JSON]:
    """Their documents; two queries more, however many tools there are."""
    workspace, reader = request.auth.workspace, request.auth.made_by
    usage = usage_of(workspace, [tool.pk for tool in some])
    missing = tool_needs.unresolved(workspace, some)
    return [
        tool_document(tool, reader, usage=usage.get(tool.pk), unresolved=missing[tool.pk])
        for tool in some
    ]


def _wanted(request: Request, query: ToolsQuery) -> QuerySet[Tool]:
    workspace = request.auth.workspace
    rows = workspace.tools.listed()
    if query.search:
        rows = rows.filter(name__icontains=query.search)
    if query.types:
        rows = rows.filter(kind__in=query.types)
    if query.used_by_agent_id is not None:
        rows = rows.filter(pk__in=tool_needs.tools_of_agent(workspace, query.used_by_agent_id))
    maker = query.created_by_user_id
    if query.show_only_owned_documents or maker == "@me":
        rows = rows.filter(made_by=request.auth.made_by)
    elif maker:
        rows = rows.filter(made_by_id=maker)
    return rows
