"""The calls of tools in a conversation as rows, for lists, filters and statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from dashboard.agents.documents import as_text
from dashboard.agents.models import AgentVersion, Tool
from dashboard.engine.turns import ToolKind

from .models import Conversation, ToolRun

LONGEST = 4_000  # characters of a payload; the whole of it stands in the turn
MOST = 1_000  # of one conversation
JSON = Mapping[str, Any]


def runs_in(turns: Sequence[JSON]) -> list[dict[str, Any]]:
    """The columns of each run. `turns`: tool_calls, tool_results and seconds_in as stored."""
    results = {r["call_id"]: r for turn in turns for r in turn["tool_results"]}
    calls = [(turn["seconds_in"], call) for turn in turns for call in turn["tool_calls"]]
    return [{"began": at, **_run(call, results.get(call["id"]))} for at, call in calls[:MOST]]


def record(conversation: Conversation, turns: Sequence[JSON]) -> list[str]:
    """Keep a row for each call; the names of the tools, in the order of their first call."""
    runs = runs_in(turns)
    tool_ids = _ids(conversation.version, runs)
    ToolRun.objects.bulk_create(
        ToolRun(
            workspace_id=conversation.workspace_id,
            conversation=conversation,
            agent_id=conversation.agent_id,
            at=conversation.started_at + timedelta(seconds=run.pop("began")),
            **{**run, "tool_id": id_of(run, tool_ids)},
        )
        for run in runs
    )
    return list(dict.fromkeys(run["tool_name"] for run in runs))


def id_of(run: JSON, tool_ids: JSON) -> str:
    """A shared tool's; system tools are named as clients ask for them (contract rest.md §13)."""
    if run["kind"] == ToolKind.SYSTEM:
        return f"__system_{run['tool_name']}"[:64]
    return str(run["tool_id"] or tool_ids.get(run["tool_name"], ""))


def _ids(version: AgentVersion, runs: Sequence[JSON]) -> dict[str, str]:
    """By name, of the shared tools that the version was told to use; for calls that never ran."""
    told = version.part("agent", "prompt", "tool_ids")
    if not isinstance(told, list) or all(run["tool_id"] for run in runs):
        return {}
    wanted = [tool_id for tool_id in told if isinstance(tool_id, str)]
    shared = Tool.objects.filter(workspace_id=version.agent.workspace_id, pk__in=wanted)
    return dict(shared.values_list("name", "pk"))


def _run(call: JSON, result: JSON | None) -> dict[str, Any]:
    sent = call.get("garbled")
    trouble = _trouble(call, result)
    return {
        "tool_name": call["name"][:200],
        "kind": result["kind"] if result else "",
        "tool_id": ((result or {}).get("tool_id") or "")[:64],
        "request_id": call["id"][:200],
        "seconds": (result or {}).get("seconds") or 0,
        "is_error": bool(result and result["is_error"]),
        "has_run": not trouble,
        "error_type": trouble or str((result or {}).get("error_type") or "")[:60],
        "request_payload": (as_text(call["arguments"]) if sent is None else sent)[:LONGEST],
        "response_payload": (result["output"] if result else "")[:LONGEST],
    }


def _trouble(call: JSON, result: JSON | None) -> str:
    """Why it never ran; empty when it did."""
    if call.get("garbled") is not None:
        return "invalid_arguments"
    if result is None or result["unanswered"]:
        return "no_result"
    # As the engine says it to the model.
    unknown = result["is_error"] and result["output"] == f"There is no tool named {call['name']}."
    return "unknown_tool" if unknown else ""
