"""Turns as every model's dialect needs them: calls with results, files, nothing empty."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.engine.ports import Ask, Enclosure
from dashboard.engine.turns import Attachment, Role, ToolCall, ToolResult, ToolSpec, Turn

UNANSWERED = "No result: nobody answered."
# Stand in where a model insists that the visitor speaks first, and last.
OPENING = "(The visitor opened the chat.)"
WAITING = "(The visitor says nothing and waits.)"


@dataclass(frozen=True)
class Step:
    """Somebody speaks; an agent's calls come with exactly one result each, in the same order.

    `pictures`: what the visitor sent for the model to look at.
    """

    role: Role
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    pictures: tuple[Enclosure, ...] = ()


def steps(
    turns: Sequence[Turn], enclosures: Sequence[Enclosure] = (), shown: Collection[str] = ()
) -> list[Step]:
    """What was said and done. Calls are renumbered: each model has other rules for ids.

    `shown`: the files that the model gets as pictures; others are told in words.
    """
    opened = {enclosure.attachment.file_id: enclosure for enclosure in enclosures}
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
        seen = tuple(opened[f.file_id] for f in turn.files if f.file_id in shown)
        read = [_in_words(f, opened) for f in turn.files if f.file_id not in shown]
        text = "\n\n".join(filter(None, [(turn.message or "").strip(), *read]))
        if text or calls or seen:
            found.append(Step(turn.role, text, tuple(calls), tuple(results), seen))
    return found


def _in_words(file: Attachment, opened: Mapping[str, Enclosure]) -> str:
    """A document's text, or why a file is not to be seen."""
    name = " ".join(file.name.split())
    enclosure = opened.get(file.file_id)
    if enclosure and enclosure.image:
        return f"(The visitor sent an image, {name}, that you cannot see.)"
    if enclosure and enclosure.text.strip():
        return f"[File: {name}]\n{enclosure.text.strip()}\n[End of file]"
    return f"(The visitor sent a file, {name}. Its content is not at hand now.)"


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
            text = "\n\n".join(t for t in (before.text, step.text) if t)
            merged[-1] = replace(step, text=text, pictures=before.pictures + step.pictures)
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
