"""What one agent can do: give it tools, and take them away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.agents import tool_needs
from dashboard.agents import tools as deeds
from dashboard.agents.documents import Unfit
from dashboard.agents.models import Agent

from .agent_tabs import around
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page

MOST_OFFERED = 200  # tools in a select


@require_http_methods(["GET", "POST"])
@member_required
def agent_tools(request: MemberRequest, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    if request.method == "POST":
        return attach_tool(request, agent_id)
    context = {**around(request, agent, "tools"), **_tools_of(agent)}
    return page(request, "console/agents/tools.html", context)


@require_POST
@editor_required
def attach_tool(request: MemberRequest, agent_id: str, tool_id: str = "") -> HttpResponse:
    """The tool that the form names, or the one that has just been made for this agent."""
    agent = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    named = tool_id or request.POST.get("tool", "")[:64]
    found = get_object_or_404(request.workspace.tools, pk=named)
    try:
        deeds.attach(agent, found, actor(request))
    except Unfit:
        messages.error(request, f"Not added: what {agent.name} is told cannot hold more.")
    else:
        messages.success(request, f"{agent.name} can use {found.name} now.")
    return redirect("agent-tools", agent.pk)


@require_POST
@editor_required
def detach_tool(request: MemberRequest, agent_id: str) -> HttpResponse:
    """Also for an id that leads nowhere any more."""
    agent = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    deeds.detach(agent, request.POST.get("tool", ""), actor(request))
    messages.success(request, f"{agent.name} does not use this tool any more.")
    return redirect("agent-tools", agent.pk)


def _tools_of(agent: Agent) -> dict[str, Any]:
    """What it may use, and what could be added."""
    named = agent.told.part("agent", "prompt", "tool_ids")
    ids = [str(tool_id) for tool_id in named] if isinstance(named, list) else []
    inline = agent.told.part("agent", "prompt", "tools")
    rows = list(agent.workspace.tools.filter(pk__in=[pk for pk in ids if "\0" not in pk]))
    there = {tool.pk: tool for tool in rows}
    missing = tool_needs.unresolved(agent.workspace, rows)
    others = agent.workspace.tools.exclude(pk__in=ids).order_by("name", "pk")
    return {
        "attached": [(pk, there.get(pk), missing.get(pk)) for pk in dict.fromkeys(ids)],
        "inline": [str(t.get("name")) for t in inline or [] if isinstance(t, dict)],
        "offered": others[:MOST_OFFERED],
    }
