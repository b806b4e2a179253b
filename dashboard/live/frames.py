"""What the server sends on the conversation socket (contract websocket.md §2.2, §4). Pure."""

from __future__ import annotations

from typing import Any

import orjson

from dashboard.engine.events import ContextUsed
from dashboard.engine.turns import ToolCall, ToolKind, ToolResult

from .wire import Frame


def encode(frame: Frame) -> str:
    return orjson.dumps(frame).decode()


def metadata(conversation_id: str, formats: tuple[str, str], **extra: Any) -> Frame:
    """The very first frame. `formats`: agent output, user input; needed by clients in text too.

    `extra` carries our own resume keys, only to a client that asked for them.
    """
    event = {
        "conversation_id": conversation_id,
        "agent_output_audio_format": formats[0],
        "user_input_audio_format": formats[1],
        **extra,
    }
    kind = "conversation_initiation_metadata"
    return {"type": kind, f"{kind}_event": event}


def part(text: str, kind: str, event_id: int) -> Frame:
    """`kind`: start, delta or stop."""
    body = {"text": text, "type": kind, "event_id": event_id}
    return {"type": "agent_chat_response_part", "text_response_part": body}


def agent_response(text: str, event_id: int) -> Frame:
    body = {"agent_response": text, "event_id": event_id}
    return {"type": "agent_response", "agent_response_event": body}


def agent_response_correction(original: str, corrected: str, event_id: int) -> Frame:
    """`corrected`: all that the visitor has seen of the answer that was cut."""
    kind = "agent_response_correction"
    body = {"original_agent_response": original, "corrected_agent_response": corrected}
    return {"type": kind, f"{kind}_event": {**body, "event_id": event_id}}


def agent_typing(is_typing: bool) -> Frame:
    return {"type": "agent_typing", "agent_typing_event": {"is_typing": is_typing}}


def context_usage(used: ContextUsed, event_id: int) -> Frame:
    body = {
        "event_id": event_id,
        "model": used.model,
        "context_tokens": used.tokens,
        "context_limit_tokens": used.limit,
    }
    return {"type": "context_usage", "context_usage_event": body}


def client_tool_call(call: ToolCall, event_id: int) -> Frame:
    body = {
        "tool_name": call.name,
        "tool_call_id": call.id,
        "parameters": dict(call.arguments),
        "event_id": event_id,
    }
    return {"type": "client_tool_call", "client_tool_call": body}


def agent_tool_request(call: ToolCall, kind: ToolKind, event_id: int) -> Frame:
    body = {
        "tool_name": call.name,
        "tool_call_id": call.id,
        "tool_type": kind.value,
        "event_id": event_id,
    }
    return {"type": "agent_tool_request", "agent_tool_request": body}


def agent_tool_response(result: ToolResult, event_id: int) -> Frame:
    body = {
        "tool_name": result.name,
        "tool_call_id": result.call_id,
        "tool_type": result.kind.value,
        "is_error": result.is_error,
        "is_called": not result.unanswered,
        "event_id": event_id,
    }
    return {"type": "agent_tool_response", "agent_tool_response": body}


def ping(event_id: int, latency_ms: int | None) -> Frame:
    return {"type": "ping", "ping_event": {"event_id": event_id, "ping_ms": latency_ms}}


def error(code: int, kind: str, message: str) -> Frame:
    body = {"code": code, "error_type": kind, "message": message}
    return {"type": "error", "error_event": body}


def close_reason(text: str) -> str:
    """A close frame carries at most 123 bytes of reason."""
    return text.encode()[:123].decode(errors="ignore")
