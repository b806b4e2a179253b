"""Saving what somebody typed over what they had read: never over what another saved meanwhile."""

from __future__ import annotations

from typing import Any

from dashboard.agents import tools
from dashboard.agents.holding import held
from dashboard.agents.models import Agent, AgentVersion, Tool
from dashboard.agents.revising import revise
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed


class AgentChanged(Exception):
    """The agent as it is now; nothing was saved."""

    def __init__(self, today: Agent) -> None:
        super().__init__("the agent was saved meanwhile")
        self.today = today


class ToolChanged(Exception):
    """The tool as it is now; nothing was saved."""

    def __init__(self, today: Tool) -> None:
        super().__init__("the tool was saved meanwhile")
        self.today = today


@in_one_deed
def save_agent(agent: Agent, seen: int | None, change: dict[str, Any], by: By) -> AgentVersion:
    """Raises AgentChanged, and what `revise` raises. `seen`: the number that was on the page."""
    # Compared under the lock: whoever waits for it meets what the first has saved.
    today = held(agent)
    if today.told.number != seen:
        raise AgentChanged(today)
    return revise(agent, change, by)


@in_one_deed
def save_tool(tool: Tool, seen: str, document: dict[str, Any], by: By) -> Tool:
    """Raises ToolChanged, and what `tools.change` raises. `seen`: the time on the page."""
    today = Tool.objects.select_for_update().get(pk=tool.pk)
    if today.updated_at.isoformat() != seen:
        raise ToolChanged(today)
    return tools.change(today, by, document)
