"""Addresses that start a conversation (contract rest.md §14)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from dashboard.conversations import signing
from dashboard.workspaces import ids

from .auth import Request
from .reading import found

router = Router(tags=["Conversations"])


@router.get("/get-signed-url")
@router.get("/get_signed_url", include_in_schema=False)  # as older clients spell it
def signed_url(
    request: Request, agent_id: str, include_conversation_id: bool = False
) -> dict[str, Any]:
    """An address that opens one conversation after another for 15 minutes; with an id, just one."""
    agent = found(request.auth.workspace.agents.all(), agent_id, "agent")
    conversation_id = ids.conversation_id() if include_conversation_id else ""
    query = {
        "agent_id": agent.pk,
        "conversation_signature": signing.sign(agent.pk, conversation_id),
    }
    if conversation_id:
        query["conversation_id"] = conversation_id
    return {"signed_url": f"{_socket_origin(request)}/v1/convai/conversation?{urlencode(query)}"}


def _socket_origin(request: HttpRequest) -> str:
    """ws:// or wss:// on the host that clients reach us by."""
    public = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return "ws" + public.removeprefix("http")
