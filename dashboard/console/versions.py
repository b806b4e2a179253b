"""What an agent was told and when: the list, two versions side by side, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from dashboard.agents.changes import differences
from dashboard.agents.documents import Unfit
from dashboard.agents.models import Agent, AgentVersion
from dashboard.agents.revising import restore

from .agent_tabs import around
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page

ROWS = 20  # each is compared with the one before
MOST_SHOWN = 200
NEWEST = 2**31 - 1  # what a version's number can be


@require_GET
@member_required
def versions(request: MemberRequest, agent_id: str) -> HttpResponse:
    agent = _agent(request, agent_id)
    before = _number(request.GET.get("before", "")) or NEWEST
    found = agent.versions.filter(number__lt=before).select_related("made_by")
    some = list(found.order_by("-number")[: ROWS + 1])
    rows = [
        (version, len(differences(older, version)) if older else None)
        for version, older in zip(some, [*some[1:], None], strict=False)
    ][:ROWS]
    context = {
        **around(request, agent, "versions"),
        "rows": rows,
        "older": some[ROWS - 1].number if len(some) > ROWS else None,
        "paged": "before" in request.GET,
    }
    return page(request, "console/agents/versions.html", context)


@require_GET
@member_required
def version(request: MemberRequest, agent_id: str, number: int) -> HttpResponse:
    """One version beside another: the one before, unless the address says which."""
    agent = _agent(request, agent_id)
    this = _version(agent, number)
    asked = _number(request.GET.get("with", ""))
    other = agent.versions.filter(number=asked or number - 1).select_related("made_by").first()
    found = differences(other, this) if other else []
    context = {
        **around(request, agent, "versions"),
        "this": this,
        "other": other,
        "changes": found[:MOST_SHOWN],
        "more": max(0, len(found) - MOST_SHOWN),
        "numbers": agent.versions.exclude(number=number).values_list("number", flat=True)[:200],
    }
    return page(request, "console/agents/version.html", context)


@require_POST
@editor_required
def restore_version(request: MemberRequest, agent_id: str, number: int) -> HttpResponse:
    """A restore is a new version: what came between stays in the list."""
    agent = _agent(request, agent_id)
    old, before = _version(agent, number), agent.told
    try:
        new = restore(agent, old, actor(request))
    except Agent.DoesNotExist:
        raise Http404 from None
    except Unfit as unfit:
        messages.error(request, f"Version {number} breaks today's rules: {unfit}.")
        return redirect("version", agent_id, number)
    if new.pk == before.pk:
        messages.success(request, f"Version {before.number} says the same already.")
    else:
        messages.success(
            request, f"Version {new.number} is live. It says what version {number} said."
        )
    return redirect("versions", agent_id)


def _agent(request: MemberRequest, agent_id: str) -> Agent:
    return get_object_or_404(request.workspace.agents.listed(), pk=agent_id)


def _version(agent: Agent, number: int) -> AgentVersion:
    if number > NEWEST:
        raise Http404
    return get_object_or_404(agent.versions.select_related("made_by"), number=number)


def _number(text: str) -> int | None:
    """From an address; None when it is none that a version can have."""
    fine = text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), NEWEST) if fine else None
