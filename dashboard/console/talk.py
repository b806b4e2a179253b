"""The page behind a link to share: whoever has the link talks to the agent there."""

from __future__ import annotations

import hmac
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from dashboard.agents.models import Agent
from dashboard.conversations.signing import sign_for_share_page


@require_safe
def talk(request: HttpRequest, agent_id: str) -> HttpResponse:
    """A link that is wrong or revoked leads nowhere, as if there were no such agent."""
    agent = Agent.objects.select_related("limits", "version").filter(pk=agent_id).first()
    shown = request.GET.get("token", "")
    if agent is None or agent.archived or not _opens(agent, shown):
        raise Http404
    # Signed for any page: this one is on no agent's list.
    signature = sign_for_share_page(agent.pk, agent.limits.shareable_token)
    query = urlencode({"agent_id": agent.pk, "conversation_signature": signature})
    server = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    socket = f"ws{server.removeprefix('http')}/v1/convai/conversation?{query}"
    response = render(request, "talk.html", {"agent": agent, "socket": socket})
    add_never_cache_headers(response)
    return response


def _opens(agent: Agent, shown: str) -> bool:
    token = agent.limits.shareable_token
    return bool(token) and hmac.compare_digest(token.encode(), shown.encode(errors="replace"))
