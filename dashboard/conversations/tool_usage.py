"""How often and how fast shared tools have run, and each run as clients read it (rest.md §9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Avg, Count, QuerySet

from dashboard.agents.models import Tool
from dashboard.workspaces.models import Workspace

from .models import ToolRun

JSON = dict[str, Any]


def usage_of(workspace: Workspace, tool_ids: Iterable[str]) -> dict[str, JSON]:
    """By tool: `usage_stats`, in one query; a tool that never ran is not there."""
    runs = ToolRun.objects.filter(workspace=workspace, tool_id__in=list(tool_ids), has_run=True)
    counted = runs.order_by().values("tool_id").annotate(calls=Count("pk"), mean=Avg("seconds"))
    return {
        row["tool_id"]: {
            "total_calls": row["calls"],
            "avg_latency_secs": round(float(row["mean"] or 0), 3),
        }
        for row in counted
    }


def runs_of(tool: Tool) -> QuerySet[ToolRun]:
    return ToolRun.objects.filter(workspace_id=tool.workspace_id, tool_id=tool.pk)


def run_document(run: ToolRun) -> JSON:
    """One call. Payloads are as the model and the service wrote them; headers are not in them."""
    return {
        "id": run.pk,
        "tool_id": run.tool_id,
        "tool_request_id": run.request_id,
        "conversation_id": run.conversation_id,
        "agent_id": run.agent_id,
        "branch_id": None,
        "timestamp": run.at.timestamp(),
        "latency_secs": run.seconds,
        "is_error": run.is_error,
        "request_payload": run.request_payload or None,
        "response_payload": run.response_payload or None,
        "error_message": run.response_payload if run.is_error else None,
        "error_type": run.error_type or None,
        "tool_call_details": None,
    }
