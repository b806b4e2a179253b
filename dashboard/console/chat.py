"""The way into the test chat: the public socket that visitors use, with a member's permission."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from dashboard.conversations.signing import sign

from .members import MemberRequest, member_required


@require_POST
@member_required
def chat_address(request: MemberRequest, agent_id: str) -> HttpResponse:
    """Path and query of the socket; signed, so that agents behind links and lists talk here too."""
    agent = get_object_or_404(request.workspace.agents, pk=agent_id)
    query = {"agent_id": agent.pk, "source": "dashboard"}
    query["conversation_signature"] = sign(agent.pk, anywhere=True)
    return JsonResponse({"address": f"/v1/convai/conversation?{urlencode(query)}"})
