"""A whole page: what its view found, within the side that every page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from .members import MemberRequest

RECENT_AGENTS = 3


def page(
    request: MemberRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page with its navigation; fragments use Django's own `render`."""
    workspace = request.workspace
    side = {
        "recent_agents": workspace.agents.order_by("-updated_at", "-id")[:RECENT_AGENTS],
        "talking_now": workspace.conversations.talking().count(),
    }
    return render(request, template, {**context, "side": side}, status=status)
