"""The built-in tools: what the model is told about them, and what they mean to the loop."""

from __future__ import annotations

from collections.abc import Sequence

from .events import Ended, EndReason, Event, LanguageChanged
from .turns import ToolCall, ToolKind, ToolResult, ToolSpec

END_CALL = "end_call"
LANGUAGE_DETECTION = "language_detection"
SKIP_TURN = "skip_turn"

_TEXT = {"type": "string"}


def end_call(description: str = "") -> ToolSpec:
    return _spec(
        END_CALL,
        description
        or "End the conversation when the visitor says goodbye or has nothing more to ask. "
        "Say goodbye before, or in `message`.",
        {"reason": _TEXT, "message": _TEXT},
        required=["reason"],
    )


def language_detection(languages: Sequence[str], description: str = "") -> ToolSpec:
    return _spec(
        LANGUAGE_DETECTION,
        description
        or "Switch to another language when the visitor writes in it or asks for it. "
        "Call it before you answer.",
        {"reason": _TEXT, "language": {"type": "string", "enum": list(languages)}},
        required=["language"],
    )


def skip_turn(description: str = "") -> ToolSpec:
    return _spec(
        SKIP_TURN,
        description or "Say nothing this time, when the visitor asks you to wait.",
        {"reason": _TEXT},
        required=[],
    )


def _spec(
    name: str, description: str, properties: dict[str, object], required: list[str]
) -> ToolSpec:
    parameters = {"type": "object", "properties": properties, "required": required}
    return ToolSpec(name, description, parameters, ToolKind.SYSTEM)


def carry_out(call: ToolCall, spec: ToolSpec) -> tuple[ToolResult, Event | None]:
    """The result that goes on record, and what the call means to the conversation."""
    match call.name:
        case "end_call":
            note = str(call.arguments.get("reason") or "")
            return _done(call, "The conversation ends."), Ended(EndReason.AGENT_ENDED, note)
        case "language_detection":
            return _change_language(call, spec)
        case "skip_turn":
            return _done(call, "Skipped."), None
        case _:
            return _refused(call, f"There is no built-in tool {call.name}."), None


def _change_language(call: ToolCall, spec: ToolSpec) -> tuple[ToolResult, Event | None]:
    language = str(call.arguments.get("language", ""))
    known = spec.parameters["properties"]["language"]["enum"]
    if language not in known:
        return _refused(call, f"Only these languages are set up: {', '.join(known)}."), None
    return _done(call, f"Go on in {language}."), LanguageChanged(language)


def _done(call: ToolCall, output: str) -> ToolResult:
    return ToolResult(call.id, call.name, output, kind=ToolKind.SYSTEM)


def _refused(call: ToolCall, output: str) -> ToolResult:
    return ToolResult(call.id, call.name, output, is_error=True, kind=ToolKind.SYSTEM)
