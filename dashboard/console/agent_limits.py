"""Call limits and behaviour of an agent: how many at once and a day, how long, files, events."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.agents.documents import conversation_config
from dashboard.agents.models import Agent
from dashboard.conversations import gauge, refusals

from .agent_cards import Kind, Tab, agent_of, save, show
from .forms.behaviour import EventsForm, FilesForm, TimesForm
from .forms.limits import LimitsForm
from .members import MemberRequest, editor_required, member_required
from .plan import EVERY_SECONDS, reason_in_words

MOST_READ = 1_000_000  # agents among which its own line is looked for


def _of_text(request: MemberRequest, agent: Agent) -> dict[str, Any]:
    return {"text_only": conversation_config(agent.told).conversation.text_only}


def _now(request: MemberRequest, agent: Agent) -> dict[str, Any]:
    """Who talks to it, how many had a conversation today, and who was turned away."""
    lines = (one for one in gauge.read(agent.workspace, MOST_READ).agents if one.agent == agent)
    reading = next(lines, None)
    turned = [(reason_in_words(one.reason), one) for one in refusals.of(agent)]
    return {
        "reading": reading,
        "turned": turned,
        "turned_away": sum(one.count for _, one in turned),
        "every": EVERY_SECONDS,
    }


LIMITS = Tab(
    "limits",
    "agent-limits",
    "console/agents/limits.html",
    {"limits": Kind(LimitsForm, "console/agents/limits/_limits.html")},
    _now,
)
ADVANCED = Tab(
    "advanced",
    "agent-advanced",
    "console/agents/advanced.html",
    {
        "times": Kind(TimesForm, "console/agents/advanced/_times.html"),
        "files": Kind(FilesForm, "console/agents/advanced/_files.html"),
        "events": Kind(EventsForm, "console/agents/advanced/_events.html"),
    },
    _of_text,
)


@require_http_methods(["GET", "POST"])
@member_required
def agent_limits(request: MemberRequest, agent_id: str) -> HttpResponse:
    if request.method == "POST":
        return save_limits(request, agent_id)
    agent = agent_of(request, agent_id)
    if request.htmx:
        context = {"agent": agent, **_now(request, agent)}
        return render(request, "console/agents/limits/_now.html", context)
    return show(request, LIMITS, agent)


@require_POST
@editor_required
def save_limits(request: MemberRequest, agent_id: str) -> HttpResponse:
    return save(request, LIMITS, agent_id)


@require_http_methods(["GET", "POST"])
@member_required
def agent_advanced(request: MemberRequest, agent_id: str) -> HttpResponse:
    if request.method == "POST":
        return save_advanced(request, agent_id)
    return show(request, ADVANCED, agent_of(request, agent_id))


@require_POST
@editor_required
def save_advanced(request: MemberRequest, agent_id: str) -> HttpResponse:
    return save(request, ADVANCED, agent_id)
