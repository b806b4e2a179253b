"""The engine's turns as rows, and rows as the engine's turns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard.engine.turns import (
    Attachment,
    Excerpt,
    PageContext,
    Role,
    ToolCall,
    ToolKind,
    ToolResult,
    Turn,
    Usage,
)

from .models import StoredTurn


def as_row(turn: Turn) -> dict[str, Any]:
    """The columns of a StoredTurn that come from the engine."""
    return {
        "role": turn.role.value,
        "message": None if turn.message is None else storable(turn.message),
        "tool_calls": [_call_row(call) for call in turn.tool_calls],
        "tool_results": [_result_row(result) for result in turn.tool_results],
        "sources": [storable(vars(excerpt)) for excerpt in turn.sources],
        "usage": dict(vars(turn.usage)) if turn.usage else None,
        "interrupted": turn.interrupted,
        "context": storable(vars(turn.context)) if turn.context else None,
        "files": [storable(vars(attachment)) for attachment in turn.files],
    }


def as_turn(row: StoredTurn) -> Turn:
    return Turn(
        role=Role(row.role),
        message=row.message,
        tool_calls=tuple(ToolCall(**call) for call in row.tool_calls),
        tool_results=tuple(_result(result) for result in row.tool_results),
        interrupted=row.interrupted,
        sources=tuple(Excerpt(**excerpt) for excerpt in row.sources),
        usage=Usage(**row.usage) if row.usage else None,
        context=PageContext(**row.context) if row.context else None,
        files=tuple(Attachment(**attachment) for attachment in row.files),
    )


def usages_of(rows: Iterable[StoredTurn]) -> list[Usage]:
    """What the models were asked for in these turns."""
    return [Usage(**row.usage) for row in rows if row.usage]


def _call_row(call: ToolCall) -> dict[str, Any]:
    return {
        "id": storable(call.id),
        "name": storable(call.name),
        "arguments": storable(dict(call.arguments)),
        "garbled": None if call.garbled is None else storable(call.garbled),
    }


def _result_row(result: ToolResult) -> dict[str, Any]:
    return {
        "call_id": storable(result.call_id),
        "name": storable(result.name),
        "output": storable(result.output),
        "is_error": result.is_error,
        "unanswered": result.unanswered,
        "kind": result.kind.value,
        "tool_id": result.tool_id,
        "seconds": round(result.seconds, 3),
    }


def _result(row: dict[str, Any]) -> ToolResult:
    return ToolResult(**{**row, "kind": ToolKind(row["kind"])})


def storable(value: Any) -> Any:
    """PostgreSQL keeps no NUL, and no database keeps half of a surrogate pair."""
    match value:
        case str():
            return value.replace("\0", "").encode(errors="replace").decode()
        case dict():
            return {storable(key): storable(part) for key, part in value.items()}
        case list() | tuple():
            return [storable(part) for part in value]
        case _:
            return value
