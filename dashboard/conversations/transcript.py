"""The turns of a conversation in the wire's form (contract rest.md §13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from dashboard.agents.documents import as_text, conversation_config
from dashboard.engine.page_context import superseded
from dashboard.engine.turns import Role, ToolCall, ToolKind, ToolResult, Turn
from dashboard.engine.waterfall import RETRIEVAL

from .costs import llm_usage
from .models import Conversation, StoredTurn
from .turns import as_turn

JSON = dict[str, Any]
# A turn has these as well, always empty on a server that only chats.
_ALWAYS: JSON = {
    "llm_override": None,
    "triggered_guardrails": [],
    "used_static_kb_document_ids": [],
    "multivoice_message": None,
    "reasoning": [],
    "ignored_as_backchannel": False,
}


def transcript(conversation: Conversation, rows: Sequence[StoredTurn]) -> list[JSON]:
    turns = [as_turn(row) for row in rows]
    results = {result.call_id: result for turn in turns for result in turn.tool_results}
    calls = {call.id: call for turn in turns for call in turn.tool_calls}
    embedding_model = conversation_config(conversation.version).agent.prompt.rag.embedding_model
    replaced = superseded(turns)
    told: list[JSON] = []
    asked = ""
    for place, (row, turn) in enumerate(zip(rows, turns, strict=True)):
        asked = turn.message or asked if turn.role is Role.VISITOR else asked
        told.append(
            {
                "role": turn.role.value,
                "message": turn.context.text if turn.context else turn.message,
                "tool_calls": [_call(call, results.get(call.id)) for call in turn.tool_calls],
                "tool_results": [_result(r, calls.get(r.call_id)) for r in turn.tool_results],
                "time_in_call_secs": int(row.seconds_in),
                "conversation_turn_metrics": _metrics(row),
                "rag_retrieval_info": _retrieval(row, turn, asked, embedding_model),
                "llm_usage": llm_usage([turn.usage] if turn.usage else []),
                "producing_llm": turn.usage.model or None if turn.usage else None,
                "feedback": _feedback(row),
                "interrupted": turn.interrupted,
                # Nothing was made beyond what had been sent when the visitor cut in.
                "original_message": turn.message if turn.interrupted else None,
                "contextual_update_info": _told_by_page(turn, place in replaced),
                "source_medium": _medium(turn),
                "source_event_id": row.event_id,
                "agent_metadata": _agent(conversation) if turn.role is Role.AGENT else None,
            }
            | _files(conversation, turn)
            | _ALWAYS
        )
    return told


def _feedback(row: StoredTurn) -> JSON | None:
    """The thumb of this one answer."""
    if not row.thumb:
        return None
    return {"score": row.thumb, "time_in_call_secs": int(row.thumb_at or 0)}


def _told_by_page(turn: Turn, is_superseded: bool) -> JSON | None:
    if turn.context is None:
        return None
    return {"context_id": turn.context.context_id, "is_superseded": is_superseded}


def _medium(turn: Turn) -> str | None:
    if turn.role is not Role.VISITOR:
        return None
    if turn.message or turn.context or not turn.files:
        return "text"
    images = all(file.content_type.startswith("image/") for file in turn.files)
    return "image" if images else "file"


def _files(conversation: Conversation, turn: Turn) -> JSON:
    """`file_url`: where members of the workspace can save the file; there is no public address."""
    place = f"{settings.PUBLIC_URL}/conversations/{conversation.pk}/files"
    files = [
        {
            "file_id": file.file_id,
            "original_filename": file.name,
            "mime_type": file.content_type,
            "file_url": f"{place}/{file.file_id}/",
        }
        for file in turn.files
    ]
    return {"file_input": files[0] if files else None, "file_inputs": files}


def _agent(conversation: Conversation) -> JSON:
    return {
        "agent_id": conversation.agent_id,
        "branch_id": None,
        "workflow_node_id": None,
        "version_id": conversation.version_id,
    }


def _call(call: ToolCall, result: ToolResult | None) -> JSON:
    """A request; that it was carried out stands in the result."""
    arguments = call.garbled if call.garbled is not None else as_text(call.arguments)
    return {
        "type": result.kind.value if result else None,
        "request_id": call.id,
        "tool_name": call.name,
        "params_as_json": arguments,
        "tool_has_been_called": False,
        "tool_details": _details(arguments, result),
    }


def _details(arguments: str, result: ToolResult | None) -> JSON | None:
    """Only of what the page was asked to do: the address of a webhook may hold secrets."""
    if result is None or result.kind is not ToolKind.CLIENT or result.unanswered:
        return None
    return {"type": "client", "parameters": arguments}


def _result(result: ToolResult, call: ToolCall | None) -> JSON:
    wire: JSON = {
        "type": result.kind.value,
        "request_id": result.call_id,
        "tool_name": result.name,
        "result_value": result.output,
        "is_error": result.is_error,
        "tool_has_been_called": not result.unanswered,
        "tool_latency_secs": result.seconds,
        "is_blocked": False,
        "error_type": "",
        "raw_error_message": "",
        "dynamic_variable_updates": [],
    }
    if result.kind is ToolKind.SYSTEM:
        wire["result"] = _system_result(result, call)
    return wire


def _system_result(result: ToolResult, call: ToolCall | None) -> JSON | None:
    if result.is_error or result.unanswered:
        return None
    arguments = call.arguments if call else {}
    named = {key: arguments[key] for key in ("reason", "message", "language") if key in arguments}
    return {"result_type": f"{result.name}_success", "status": "success"} | named


def _metrics(row: StoredTurn) -> JSON | None:
    if not row.metrics:
        return None
    return {"metrics": {name: {"elapsed_time": took} for name, took in row.metrics.items()}}


def _retrieval(row: StoredTurn, turn: Turn, asked: str, embedding_model: str) -> JSON | None:
    if not turn.sources:
        return None
    chunks = [
        {"document_id": e.document_id, "chunk_id": e.passage_id, "vector_distance": e.distance}
        for e in turn.sources
    ]
    return {
        "chunks": chunks,
        "embedding_model": embedding_model,
        "retrieval_query": asked,
        "rag_latency_secs": row.metrics.get(RETRIEVAL, 0),
    }
