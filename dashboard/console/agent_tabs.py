"""What every tab of an agent shows around itself: its head, the row of tabs, the test chat."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.agents.documents import conversation_config
from dashboard.agents.models import Agent
from dashboard.workspaces import ids

from .members import MemberRequest


def around(request: MemberRequest, agent: Agent, tab: str) -> dict[str, Any]:
    """The context of `console/agents/tab.html`; `tab` names the one that is open."""
    config = conversation_config(agent.told)
    prompt = config.agent.prompt
    tools = len({*prompt.tool_ids}) + len(agent.told.part("agent", "prompt", "tools") or [])
    tabs = [
        ("agent", "Agent", "agent", None),
        ("knowledge", "Knowledge", "agent-knowledge", len(prompt.knowledge_base)),
        ("tools", "Tools", "agent-tools", tools),
        ("security", "Security", "agent-security", None),
        ("limits", "Call limits", "agent-limits", None),
        ("advanced", "Advanced", "agent-advanced", None),
        ("versions", "Versions", "versions", agent.told.number),
    ]
    return {
        "section": "agents",
        "tab": tab,
        "is_open": is_open(agent),
        "tabs": [(key, word, reverse(name, args=[agent.pk]), n) for key, word, name, n in tabs],
        "agent": agent,
        "greeting": config.agent.first_message,
        "read_only": not request.member.may_edit,
    }


def is_open(agent: Agent) -> bool:
    """Whether pages of any site may talk to it, without a signed link."""
    return not agent.limits.needs_signature and not agent.allowed_hosts.exists()


def agent_named(request: MemberRequest) -> Agent | None:
    """The agent that a new tool or document is for, when the address names one."""
    named = request.GET.get("agent", "")
    if not named:
        return None
    if not ids.is_id(named):
        raise Http404
    return get_object_or_404(request.workspace.agents.listed(), pk=named)
