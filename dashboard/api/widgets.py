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

from .errors import Refusal, nothing

router = Router(tags=["Widget"])
_NOT_THERE = admission.NO_AGENT.reason


def open_to_pages(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let pages of any host read the answer, a refusal too; it carries nothing of the visitor's."""

    @wraps(run)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = run(request, *args, **kwargs)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "Origin"
        return response

    return respond


@router.get("/{agent_id}/widget", auth=None)
@decorate_view(open_to_pages)
def widget(request: HttpRequest, agent_id: str, conversation_signature: str = "") -> dict[str, Any]:
    if not ids.is_id(agent_id):
        raise nothing("agent")
    entry = admission.enter(
        Knock(agent_id, request.headers.get("Origin", ""), conversation_signature)
    )
    if not isinstance(entry, Refused):
        return widget_document(entry.agent)
    if entry.reason == _NOT_THERE:
        raise nothing("agent")
    raise Refusal(403 if entry.reason == "allowlist" else 401, entry.reason, entry.message)


@router.api_operation(["OPTIONS"], "/{agent_id}/widget", auth=None, include_in_schema=False)
@decorate_view(open_to_pages)
def preflight(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Plain pages need none; a page whose script adds a header does."""
    allowed = {"Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "*"}
    return HttpResponse(status=204, headers=allowed)
