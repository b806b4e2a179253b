"""Turns as every model's dialect needs them: each call with its result, nothing empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dashboard.engine.ports import Ask
from dashboard.engine.turns import Role, ToolCall, ToolResult, ToolSpec, Turn

UNANSWERED = "No result: nobody answered."
# Stand in where a model insists that the visitor speaks first, and last.
OPENING = "(The visitor opened the chat.)"
WAITING = "(The visitor says nothing and waits.)"


@dataclass(frozen=True)
class Step:
    """Somebody speaks; an agent's calls come with exactly one result each, in the same order."""

    role: Role
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()


def steps(turns: Sequence[Turn]) -> list[Step]:
    """What was said and done. Calls are renumbered: each model has other rules for ids."""
    answers = _answers(turns)
    found: list[Step] = []
    count = 0
    for turn in turns:
        calls, results = [], []
        for call in turn.tool_calls if turn.role is Role.AGENT else ():
            count += 1
            # Nine letters and digits: the strictest rule among the models (Mistral's).
            own = replace(call, id=f"call{count:05d}")
            calls.append(own)
            results.append(replace(_answer(call, answers), call_id=own.id))
        text = (turn.message or "").strip()
        if text or calls:
            found.append(Step(turn.role, text, tuple(calls), tuple(results)))
    return found


def _answers(turns: Iterable[Turn]) -> dict[str, list[ToolResult]]:
    """Results by call id, in the order they came (an id may have been used twice)."""
    found: dict[str, list[ToolResult]] = {}
    for turn in turns:
        for result in turn.tool_results:
            found.setdefault(result.call_id, []).append(result)
    return found


def _answer(call: ToolCall, answers: dict[str, list[ToolResult]]) -> ToolResult:
    waiting = answers.get(call.id)
    if not waiting:
        return ToolResult(call.id, call.name, UNANSWERED, is_error=True, unanswered=True)
    result = waiting.pop(0)
    return replace(result, output=result.output or "(empty)")


def alternating(found: Sequence[Step]) -> list[Step]:
    """For models that insist: the visitor speaks first and last, and nobody speaks twice.

    Steps with calls are never merged: their results are a turn of the other side.
    """
    merged: list[Step] = []
    for step in found:
        before = merged[-1] if merged else None
        if before and before.role is step.role and not before.calls:
            merged[-1] = replace(step, text="\n\n".join(t for t in (before.text, step.text) if t))
        else:
            merged.append(step)
    if not merged or merged[0].role is Role.AGENT:
        merged.insert(0, Step(Role.VISITOR, OPENING))
    if merged[-1].role is Role.AGENT and not merged[-1].calls:
        merged.append(Step(Role.VISITOR, WAITING))
    return merged


def tools_of(ask: Ask) -> tuple[ToolSpec, ...]:
    """Every tool that the model may see, the forced one among them."""
    if ask.must_call and all(spec.name != ask.must_call.name for spec in ask.tools):
        return (*ask.tools, ask.must_call)
    return ask.tools
