"""What one agent knows: attach documents to it, and take them away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from dashboard.agents.attaching import attach, detach
from dashboard.agents.documents import Unfit, conversation_config

from .agent_tabs import around
from .knowledge import STATES
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page

OFFERED = 30


@require_GET
@member_required
def agent_knowledge(request: MemberRequest, agent_id: str) -> HttpResponse:
    agent = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    known = conversation_config(agent.told).agent.prompt.knowledge_base
    words = request.GET.get("search", "").replace("\0", "").strip()[:200]
    named = [locator.id for locator in known]
    there = {one.pk: one for one in request.workspace.documents.listed().filter(pk__in=named)}
    offered = request.workspace.documents.listed().exclude(pk__in=named)
    if words:
        offered = offered.filter(name__icontains=words)
    rows = [(locator, there.get(locator.id)) for locator in known]
    context = {
        **around(request, agent, "knowledge"),
        "known": [(locator, one, STATES[one.state] if one else None) for locator, one in rows],
        "offered": offered[:OFFERED],
        "more": offered.count() > OFFERED,
        "any": request.workspace.documents.exists(),
        "search": words,
    }
    return page(request, "console/agents/knowledge.html", context)


@require_POST
@editor_required
def attach_document(request: MemberRequest, agent_id: str, document_id: str) -> HttpResponse:
    agent = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    document = get_object_or_404(request.workspace.documents, pk=document_id)
    try:
        attach(agent, document, actor(request))
    except Unfit:
        messages.error(request, "Not added: this agent's knowledge list cannot hold more.")
    else:
        messages.success(request, f"{agent.name} knows {document.name} now.")
    return redirect("agent-knowledge", agent.pk)


@require_POST
@editor_required
def detach_document(request: MemberRequest, agent_id: str) -> HttpResponse:
    """What an agent names may be any text, so it comes in the form and not in the address."""
    agent = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    detach(agent, request.POST.get("document", ""), actor(request))
    messages.success(request, f"{agent.name} does without it now.")
    return redirect("agent-knowledge", agent.pk)
