"""What a version wants to know about its conversations, asked all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dashboard.agents.documents import PlatformSettings
from dashboard.engine.judge import (
    CollectedValue,
    DataCollectionField,
    EvaluationCriterion,
    FieldKind,
    Outcome,
    Summary,
    Verdict,
    coerced,
    collect,
    judge,
    overall,
    summarise,
)
from dashboard.engine.ports import LLM, ModelTrouble
from dashboard.engine.turns import Role, Turn

T = TypeVar("T")
AT_ONCE = 4  # questions to the model at the same time, for one conversation
SAID_NOTHING = "The visitor said nothing."


@dataclass(frozen=True)
class Questions:
    """`given`: values that need no model, because the owner or the page set them."""

    criteria: tuple[EvaluationCriterion, ...] = ()
    fields: tuple[DataCollectionField, ...] = ()
    given: tuple[CollectedValue, ...] = ()
    language: str = ""


@dataclass(frozen=True)
class Findings:
    summary: Summary
    verdicts: tuple[Verdict, ...]
    collected: tuple[CollectedValue, ...]

    @property
    def outcome(self) -> Outcome:
        return overall(self.verdicts, self.summary)


def questions(settings: PlatformSettings, variables: Mapping[str, Any]) -> Questions:
    """What to ask; `variables`: the conversation's dynamic variables."""
    criteria = tuple(
        EvaluationCriterion(c.id, c.name, c.conversation_goal_prompt)
        for c in settings.evaluation.criteria
    )
    fields: list[DataCollectionField] = []
    given: list[CollectedValue] = []
    for field_id, field in settings.data_collection.items():
        if field.constant_value not in ("", None):
            given.append(CollectedValue(field_id, field.constant_value, "Set by the owner."))
        elif field.dynamic_variable:
            given.append(_sent(field_id, FieldKind(field.type), field.dynamic_variable, variables))
        else:
            kind, choices = FieldKind(field.type), tuple(field.enum or ())
            fields.append(DataCollectionField(field_id, kind, field.description, choices))
    return Questions(criteria, tuple(fields), tuple(given), settings.summary_language or "")


def _sent(field_id: str, kind: FieldKind, name: str, variables: Any) -> CollectedValue:
    """What the page said, in the field's kind: whoever reads the value relies on it."""
    given = variables.get(name) if isinstance(variables, Mapping) else None
    if given is None:
        return CollectedValue(field_id, None, f"The dynamic variable {name} was not sent.")
    value = coerced(kind, given)
    wrong = f", whose value is no {kind}" if value is None else ""
    return CollectedValue(field_id, value, f"The dynamic variable {name}{wrong}.")


async def find_out(asked: Questions, turns: Sequence[Turn], llm: LLM) -> Findings:
    """Put every question to the model; raises ModelTrouble when it cannot answer one."""
    if not any(turn.role is Role.VISITOR and turn.message for turn in turns):
        return _nothing_said(asked)
    gate = asyncio.Semaphore(AT_ONCE)

    async def in_turn(question: Awaitable[T]) -> T:
        async with gate:
            return await question

    try:
        async with asyncio.TaskGroup() as group:
            summary = group.create_task(in_turn(summarise(llm, turns, asked.language)))
            verdicts = [group.create_task(in_turn(judge(llm, c, turns))) for c in asked.criteria]
            values = [group.create_task(in_turn(collect(llm, f, turns))) for f in asked.fields]
    except* ModelTrouble as troubles:
        raise _first(troubles) from None
    return Findings(
        summary.result(),
        tuple(task.result() for task in verdicts),
        asked.given + tuple(task.result() for task in values),
    )


def _first(troubles: BaseExceptionGroup[ModelTrouble]) -> BaseException:
    first = troubles.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _nothing_said(asked: Questions) -> Findings:
    """Honest and free: there is nothing to judge."""
    return Findings(
        Summary("No messages", SAID_NOTHING, Outcome.UNKNOWN, SAID_NOTHING),
        tuple(Verdict(c.id, Outcome.UNKNOWN, SAID_NOTHING) for c in asked.criteria),
        asked.given + tuple(CollectedValue(f.id, None, SAID_NOTHING) for f in asked.fields),
    )
