"""Addresses that start a conversation (contract rest.md §14)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from ninja.decorators import decorate_view

from dashboard.conversations import signing
from dashboard.workspaces import ids

from .auth import Request
from .errors import Refusal
from .reading import found
from .shapes.starting import SignedUrl
from .telling import tells
from .widgets import never_stale

router = Router(tags=["Conversations"])
VOICE_ONLY = "This server talks in text. Start the conversation with textOnly: true."


@router.get("/get-signed-url", **tells(SignedUrl))
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


@router.get(
    "/token", auth=None, **tells(None, 400, description="There is no voice on this server.")
)
@decorate_view(never_stale)
def token(request: HttpRequest, agent_id: str = "") -> dict[str, Any]:
    """Tokens are for voice. Not a 401: clients would take the agent for one that needs a key."""
    raise Refusal(400, "voice_not_supported", VOICE_ONLY)


def _socket_origin(request: HttpRequest) -> str:
    """ws:// or wss:// on the host that clients reach us by."""
    public = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return "ws" + public.removeprefix("http")
