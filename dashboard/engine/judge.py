"""Read a finished conversation: criterion → verdict, field → collected value, all → summary.

Each is one forced tool call. What the model returns is checked; a judgement carries its reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from .ports import LLM, Ask
from .transcript import WARNING, transcript
from .turns import ToolCall, ToolKind, ToolSpec, Turn, visitor

T = TypeVar("T")
Value = bool | str | int | float
NO_REASON = "The judging model gave no reason."


class Outcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class FieldKind(StrEnum):
    BOOLEAN = "boolean"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True)
class EvaluationCriterion:
    id: str
    name: str
    goal: str


@dataclass(frozen=True)
class DataCollectionField:
    """`choices`: the only values that count; none means any value of the kind."""

    id: str
    kind: FieldKind = FieldKind.STRING
    description: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    criterion_id: str
    outcome: Outcome
    rationale: str


@dataclass(frozen=True)
class CollectedValue:
    """`value` None: the conversation does not say."""

    field_id: str
    value: Value | None
    rationale: str


@dataclass(frozen=True)
class Summary:
    title: str
    text: str
    outcome: Outcome
    rationale: str


def _spec(name: str, description: str, properties: dict[str, Any], required: list[str]) -> ToolSpec:
    parameters = {"type": "object", "properties": properties, "required": required}
    return ToolSpec(name, description, parameters, ToolKind.SYSTEM)


_OUTCOME = {"type": "string", "enum": [outcome.value for outcome in Outcome]}
_RATIONALE = {"type": "string", "description": "The reason, in one or two sentences."}

VERDICT = _spec(
    "record_verdict",
    "Record whether the goal was reached.",
    {"outcome": _OUTCOME, "rationale": _RATIONALE},
    ["outcome", "rationale"],
)
SUMMARY = _spec(
    "record_summary",
    "Record what the conversation was about and how it ended.",
    {
        "title": {"type": "string", "description": "At most eight words."},
        "summary": {"type": "string", "description": "Two to four sentences."},
        "outcome": _OUTCOME,
        "rationale": _RATIONALE,
    },
    ["title", "summary", "outcome", "rationale"],
)
VALUE = _spec(
    "record_value",
    "Record the value. Leave `value` out when the conversation does not say it.",
    {"value": {"type": "string"}, "rationale": _RATIONALE},
    ["rationale"],
)


def value_spec(field: DataCollectionField) -> ToolSpec:
    """`VALUE`, with the type and the choices of one field."""
    value: dict[str, Any] = {"type": field.kind.value}
    if field.description:
        value["description"] = field.description
    if choices := _choices(field):
        value["enum"] = choices
    return _spec(
        VALUE.name, VALUE.description, {"value": value, "rationale": _RATIONALE}, ["rationale"]
    )


async def judge(llm: LLM, criterion: EvaluationCriterion, turns: Sequence[Turn]) -> Verdict:
    """Was the goal reached? Raises ModelTrouble when no model answers."""
    task = (
        "You check a finished conversation between a visitor and an agent against one goal.\n"
        "success: the conversation shows that the goal was reached. failure: it shows that it "
        "was not. unknown: it does not tell, or the goal does not apply.\n\n"
        f"Goal '{criterion.name}': {criterion.goal}"
    )
    try:
        read = await _recorded(llm, task, VERDICT, turns, _read_verdict)
    except _Unusable as unusable:
        return Verdict(criterion.id, Outcome.UNKNOWN, unusable.told)
    return Verdict(criterion.id, *read)


async def collect(llm: LLM, field: DataCollectionField, turns: Sequence[Turn]) -> CollectedValue:
    """Which value does the conversation give to the field? Raises ModelTrouble."""
    task = (
        "You take one piece of information from a finished conversation between a visitor and an "
        "agent. Only what the conversation says counts: never guess, and leave `value` out when "
        "it is not there.\n\n"
        f"What to look for, '{field.id}': {field.description or field.id}"
    )
    try:
        read = await _recorded(
            llm, task, value_spec(field), turns, lambda arguments: _read_value(field, arguments)
        )
    except _Unusable as unusable:
        return CollectedValue(field.id, None, unusable.told)
    return CollectedValue(field.id, *read)


async def summarise(llm: LLM, turns: Sequence[Turn], language: str = "") -> Summary:
    """What was it about, and did the visitor get what they came for? Raises ModelTrouble."""
    task = (
        "You summarise a finished conversation between a visitor and an agent for the agent's "
        "owner, and say whether the visitor got what they came for."
    )
    if language:
        task += f" Write title, summary and rationale in this language: {language}."
    try:
        return await _recorded(llm, task, SUMMARY, turns, _read_summary)
    except _Unusable as unusable:
        return Summary("", "", Outcome.UNKNOWN, unusable.told)


def overall(verdicts: Sequence[Verdict], summary: Summary) -> Outcome:
    """How the conversation counts: by its criteria, or by its summary when there are none."""
    outcomes = {verdict.outcome for verdict in verdicts}
    if not outcomes:
        return summary.outcome
    if Outcome.FAILURE in outcomes:
        return Outcome.FAILURE
    return Outcome.SUCCESS if outcomes == {Outcome.SUCCESS} else Outcome.UNKNOWN


class _Unusable(Exception):
    """What the model recorded is no judgement; the text says why, to it and to the owner."""

    @property
    def told(self) -> str:
        return f"The judging model gave no usable answer: {self}"


async def _recorded(
    llm: LLM,
    task: str,
    spec: ToolSpec,
    turns: Sequence[Turn],
    read: Callable[[Mapping[str, Any]], T],
) -> T:
    """The model's forced call, read; one more try when it is not usable."""
    ask = Ask(
        f"{task}\n\n{WARNING}\n\nAnswer by calling {spec.name}.",
        (visitor(transcript(turns)),),
        must_call=spec,
        temperature=0,
    )
    try:
        return read(await _arguments(llm, ask))
    except _Unusable as unusable:
        again = f"{ask.instructions}\n\nYour last answer could not be used: {unusable}"
    return read(await _arguments(llm, replace(ask, instructions=again)))


async def _arguments(llm: LLM, ask: Ask) -> Mapping[str, Any]:
    """What the call of the wanted tool says; the stream is heard to its end."""
    wanted = ask.must_call
    pieces = [piece async for piece in llm.answer(ask)]
    calls = [p for p in pieces if isinstance(p, ToolCall) and wanted and p.name == wanted.name]
    if not calls:
        raise _Unusable("it did not call the tool.")
    if calls[0].garbled is not None:
        raise _Unusable("its arguments were not a JSON object.")
    return calls[0].arguments


def _read_verdict(arguments: Mapping[str, Any]) -> tuple[Outcome, str]:
    return _outcome(arguments), _rationale(arguments)


def _read_summary(arguments: Mapping[str, Any]) -> Summary:
    return Summary(
        _text(arguments, "title"),
        _text(arguments, "summary"),
        _outcome(arguments),
        _rationale(arguments),
    )


def _read_value(
    field: DataCollectionField, arguments: Mapping[str, Any]
) -> tuple[Value | None, str]:
    rationale = _rationale(arguments)
    given = arguments.get("value")
    if given is None or not str(given).strip():
        return None, rationale
    value = coerced(field.kind, given)
    if value is None:
        raise _Unusable(f"its value was no {field.kind}.")
    if (choices := _choices(field)) and value not in choices:
        raise _Unusable("its value was none of the choices.")
    return value, rationale


def coerced(kind: FieldKind, given: object) -> Value | None:
    """The value in its kind when it plainly is one (`"12"` is an integer, `12.5` is none)."""
    text = str(given).strip()
    match kind:
        case FieldKind.BOOLEAN:
            return {"true": True, "false": False}.get(text.lower())
        case FieldKind.STRING:
            plain = isinstance(given, str | int | float) and not isinstance(given, bool)
            return text if plain and text else None
        case FieldKind.INTEGER:
            return int(text.split(".")[0]) if re.fullmatch(r"-?[0-9]{1,18}(\.0+)?", text) else None
        case FieldKind.NUMBER:
            return _number(text)


def _number(text: str) -> int | float | None:
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return None
    return number if math.isfinite(number := float(text)) else None


def _choices(field: DataCollectionField) -> list[Value]:
    values = (coerced(field.kind, choice) for choice in field.choices)
    return [value for value in values if value is not None]


def _outcome(arguments: Mapping[str, Any]) -> Outcome:
    given = arguments.get("outcome")
    if given not in tuple(Outcome):
        raise _Unusable("its outcome was not one of success, failure, unknown.")
    return Outcome(given)


def _text(arguments: Mapping[str, Any], name: str) -> str:
    given = arguments.get(name)
    if not isinstance(given, str) or not given.strip():
        raise _Unusable(f"its {name} was missing.")
    return given.strip()


def _rationale(arguments: Mapping[str, Any]) -> str:
    """Small models forget it; the judgement still counts, and says that it has no reason."""
    given = arguments.get("rationale")
    return given.strip() if isinstance(given, str) and given.strip() else NO_REASON
