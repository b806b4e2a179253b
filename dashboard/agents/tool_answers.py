"""A shared tool as clients read it (contract rest.md §9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.workspaces.models import User

from .documents import filled
from .documents.answers import access_info, unix
from .documents.document import JSON
from .documents.tools import ResponseMock, config_of
from .models import Agent, Tool

NEVER_USED = {"total_calls": 0, "avg_latency_secs": 0.0}


def tool_document(
    tool: Tool,
    reader: User | None = None,
    *,
    usage: Mapping[str, Any] | None = None,
    unresolved: Sequence[Mapping[str, str]] = (),
) -> JSON:
    """Its document in the REST form with every default filled in, and what is missing for it."""
    return {
        "id": tool.pk,
        "tool_config": filled(config_of(tool.config), tool.config),
        "access_info": access_info(tool.made_by, reader),
        "usage_stats": dict(usage or NEVER_USED),
        "response_mocks": [filled(ResponseMock, mock) for mock in tool.response_mocks],
        "unresolved": [dict(one) for one in unresolved],
    }


def dependent(thing: Agent | Tool, **more: Any) -> JSON:
    """Something that uses a tool or a secret; a key opens all of its workspace."""
    return {
        "type": "available",
        "id": thing.pk,
        "name": thing.name,
        "created_at_unix_secs": unix(thing.created_at),
        "access_level": "admin",
        **more,
    }
