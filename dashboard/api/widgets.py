"""What the widget asks for before anything else; public, from any page (contract rest.md §8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.decorators import decorate_view

from dashboard.agents.documents import widget_document
from dashboard.conversations import admission
from dashboard.conversations.admission import Knock, Refused
from dashboard.workspaces import ids

from .agents import server_of
from .errors import Refusal, nothing
from .shapes.widgets import Widget
from .telling import tells

router = Router(tags=["Widget"])
_NOT_THERE = admission.NO_AGENT.reason


def never_stale(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A cache in between asks each time. That pages may read it at all is said in cors.py."""

    @wraps(run)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = run(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "Origin"
        return response

    return respond


@router.get("/{agent_id}/widget", auth=None, **tells(Widget, refuses=(401, 403)))
@decorate_view(never_stale)
def widget(request: HttpRequest, agent_id: str, conversation_signature: str = "") -> dict[str, Any]:
    """What the widget needs to show itself: its look, its words and its language."""
    if not ids.is_id(agent_id):
        raise nothing("agent")
    entry = admission.enter(
        Knock(agent_id, request.headers.get("Origin", ""), conversation_signature)
    )
    if not isinstance(entry, Refused):
        return widget_document(entry.agent, server_of(request))
    if entry.reason == _NOT_THERE:
        raise nothing("agent")
    raise Refusal(403 if entry.reason == "allowlist" else 401, entry.reason, entry.message)
