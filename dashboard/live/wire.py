"""Frames of the conversation socket, in and out (contract websocket.md §2–4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from dashboard.engine.nesting import too_deep
from dashboard.engine.turns import ToolCall, ToolKind, ToolResult

Frame = dict[str, Any]


class Malformed(Exception):
    """A frame that is no JSON object."""


@dataclass(frozen=True)
class Initiation:
    """What a client says first. `overrides`: dotted contract path -> value; empty ones are gone."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    no_audio: bool = False
    user_id: str = ""
    source: str = ""
    source_version: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)  # for the record, secrets removed


@dataclass(frozen=True)
class UserMessage:
    text: str


@dataclass(frozen=True)
class ClientToolResult:
    call_id: str
    result: str
    is_error: bool


@dataclass(frozen=True)
class Pong:
    event_id: int


@dataclass(frozen=True)
class EnclaveSetup:
    """The experimental on-premises mode, which this server does not take part in."""


@dataclass(frozen=True)
class Ignored:
    """A type that means nothing here: later contracts may send it."""


ClientEvent = Initiation | UserMessage | ClientToolResult | Pong | EnclaveSetup | Ignored


def decode(text: str) -> ClientEvent:
    """A client's frame. Raises Malformed; an unknown type is Ignored."""
    try:
        frame = orjson.loads(text)
    except ValueError:
        raise Malformed("The frame is not JSON.") from None
    if not isinstance(frame, dict):
        raise Malformed("The frame is not a JSON object.")
    if too_deep(frame):
        raise Malformed("The frame is nested too deep.")
    match frame.get("type"):
        case "conversation_initiation_client_data":
            return _initiation(frame)
        case "user_message":
            return UserMessage(_text(frame.get("text")))
        case "client_tool_result":
            return ClientToolResult(
                str(frame.get("tool_call_id", "")),
                _result(frame.get("result")),
                frame.get("is_error") is True,
            )
        case "pong":
            event_id = frame.get("event_id")
            return Pong(event_id) if isinstance(event_id, int) else Ignored()
        case "enclave_setup_config":
            return EnclaveSetup()
        case _:
            return Ignored()


def _text(value: Any) -> str:
    """The browser SDK passes objects through: `{"text": …}` is a text as well (seed block 8)."""
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) else ""


def _result(value: Any) -> str:
    """The Python SDK sends any JSON that a client tool returned."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _initiation(frame: Frame) -> Initiation:
    override = _object(frame.get("conversation_config_override"))
    stray = override.get("text_only") is True
    tree = {name: part for name, part in override.items() if name != "text_only"}
    variables = {
        name: value
        for name, value in _object(frame.get("dynamic_variables")).items()
        if isinstance(value, str | int | float | bool)
    }
    source = _object(frame.get("source_info"))
    return Initiation(
        overrides=_leaves(tree),
        variables=variables,
        no_audio=stray,
        user_id=str(frame.get("user_id") or ""),
        source=str(source.get("source") or ""),
        source_version=str(source.get("version") or ""),
        kept=_without_secrets(frame, variables),
    )


def _without_secrets(frame: Frame, variables: Mapping[str, Any]) -> Frame:
    shown = {name: "" if name.startswith("secret__") else v for name, v in variables.items()}
    objects = ("conversation_config_override", "custom_llm_extra_body", "source_info")
    return {name: _object(frame.get(name)) for name in objects} | {"dynamic_variables": shown}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _leaves(tree: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Dotted paths of all that is really asked for: no nulls, no empty objects."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found.update(_leaves(value, f"{path}{name}."))
        elif value is not None:
            found[f"{path}{name}"] = value
    return found


# --- What the server sends -------------------------------------------------------------------


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


def client_tool_call(call: ToolCall, event_id: int) -> Frame:
    body = {
        "tool_name": call.name,
        "tool_call_id": call.id,
        "parameters": dict(call.arguments),
        "event_id": event_id,
    }
    return {"type": "client_tool_call", "client_tool_call": body}


def agent_tool_response(result: ToolResult, kind: ToolKind, event_id: int) -> Frame:
    body = {
        "tool_name": result.name,
        "tool_call_id": result.call_id,
        "tool_type": kind.value,
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
