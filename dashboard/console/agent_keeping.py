"""Copy an agent, put it away, bring it back, delete it, give it a face."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from dashboard.agents.documents import Unfit
from dashboard.agents.duplicating import duplicate
from dashboard.agents.models import Agent
from dashboard.agents.pictures import LARGEST, NotAPicture
from dashboard.agents.portraying import portray
from dashboard.agents.revising import retire, revise

from .agents import show_agent
from .members import MemberRequest, actor, editor_required

CANNOT = "It was not done: what the agent is told breaks today's rules. Save its page first."


@require_POST
@editor_required
def copy_agent(request: MemberRequest, agent_id: str) -> HttpResponse:
    try:
        copy = duplicate(_agent(request, agent_id), actor(request))
    except Unfit:
        messages.error(request, CANNOT)
        return redirect("agent", agent_id)
    messages.success(request, f"{copy.name} is told the same. Change what should differ.")
    return redirect("agent", copy.pk)


@require_POST
@editor_required
def archive_agent(request: MemberRequest, agent_id: str) -> HttpResponse:
    """Away, or back with `back`: visitors are turned away while an agent is archived."""
    agent, away = _agent(request, agent_id), "back" not in request.POST
    note = "Archived" if away else "Brought back"
    try:
        revise(agent, {"platform_settings": {"archived": away}}, actor(request), note)
    except Agent.DoesNotExist:
        raise Http404 from None
    except Unfit:
        messages.error(request, CANNOT)
        return redirect("agent", agent_id)
    told = "is archived. Visitors are turned away." if away else "is back. Visitors may talk to it."
    messages.success(request, f"{agent.name} {told}")
    return redirect("agent", agent_id)


@require_POST
@editor_required
def delete_agent(request: MemberRequest, agent_id: str) -> HttpResponse:
    agent = _agent(request, agent_id)
    retire(agent, actor(request))
    messages.success(request, f"{agent.name} is deleted. Its conversations stay.")
    return redirect("agents")


@require_POST
@editor_required
def put_up_avatar(request: MemberRequest, agent_id: str) -> HttpResponse:
    agent, sent = _agent(request, agent_id), request.FILES.get("avatar_file")
    try:
        if sent is None:
            raise NotAPicture("Choose a picture first.")
        portray(agent, sent.read(LARGEST + 1), actor(request))
    except NotAPicture as trouble:
        return show_agent(request, agent, status=422, picture_error=str(trouble))
    except Agent.DoesNotExist:
        raise Http404 from None
    except Unfit:
        messages.error(request, CANNOT)
    else:
        messages.success(request, "The picture is live: the widget shows it.")
    return redirect("agent", agent_id)


def _agent(request: MemberRequest, agent_id: str) -> Agent:
    return get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
