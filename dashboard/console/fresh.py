"""Saving what somebody typed over what they had read: never over what another saved meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard.agents import tools
from dashboard.agents.holding import held
from dashboard.agents.models import Agent, AgentVersion, Tool
from dashboard.agents.revising import revise
from dashboard.agents.workspace_limits import PART as LIMITS
from dashboard.agents.workspace_settings import change_settings
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed
from dashboard.workspaces.models import Workspace


class AgentChanged(Exception):
    """The agent as it is now; nothing was saved."""

    def __init__(self, today: Agent) -> None:
        super().__init__("the agent was saved meanwhile")
        self.today = today


class LimitsChanged(Exception):
    """The workspace as it is now; nothing was saved."""

    def __init__(self, today: Workspace) -> None:
        super().__init__("the limits were saved meanwhile")
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
def save_part(
    agent: Agent, seen: str, stamp: Callable[[Agent], str], change: dict[str, Any], by: By
) -> AgentVersion:
    """Like `save_agent` for one card of fields: what others saved elsewhere does not disturb.

    `stamp` tells the card's fields as a short text; `seen` is how they stood on the page.
    """
    today = held(agent)
    if stamp(today) != seen:
        raise AgentChanged(today)
    return revise(today, change, by)


@in_one_deed
def save_limits(
    workspace: Workspace,
    seen: str,
    stamp: Callable[[Workspace], str],
    change: dict[str, Any],
    by: By,
) -> Workspace:
    """Raises LimitsChanged, and what `change_settings` raises. `seen`: the stamp on the page."""
    today = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if stamp(today) != seen:
        raise LimitsChanged(today)
    return change_settings(today, {LIMITS: change}, by)


@in_one_deed
def save_tool(tool: Tool, seen: str, document: dict[str, Any], by: By) -> Tool:
    """Raises ToolChanged, and what `tools.change` raises. `seen`: the time on the page."""
    today = Tool.objects.select_for_update().get(pk=tool.pk)
    if today.updated_at.isoformat() != seen:
        raise ToolChanged(today)
    return tools.change(today, by, document)
