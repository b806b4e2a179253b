"""What a version wants to know: every question once, at the same time, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from dashboard.agents.documents import PlatformSettings
from dashboard.conversations.findings import AT_ONCE, SAID_NOTHING, Questions, find_out, questions
from dashboard.engine.judge import CollectedValue, EvaluationCriterion, Outcome
from dashboard.engine.ports import Ask, ModelTrouble, Piece
from dashboard.engine.turns import agent

from .visits import SETTINGS, TALK, Judge

ASKED = questions(PlatformSettings.model_validate(SETTINGS), {})


async def test_every_question_is_answered_with_its_reason() -> None:
    judge = Judge(record_value={"value": "4711", "rationale": "The visitor wrote it."})

    found = await find_out(ASKED, TALK, judge)

    assert [(v.criterion_id, v.outcome) for v in found.verdicts] == [
        ("polite", "success"),
        ("solved", "success"),
    ]
    assert found.collected[0] == CollectedValue("order", 4711, "The visitor wrote it.")
    assert found.collected[1].value is None  # "4711" is none of the moods
    assert found.summary.title == "Order"
    assert found.outcome is Outcome.SUCCESS


async def test_without_criteria_the_summary_decides() -> None:
    summary = {"title": "T", "summary": "S", "outcome": "failure", "rationale": "R"}

    found = await find_out(Questions(), TALK, Judge(record_summary=summary))

    assert found.outcome is Outcome.FAILURE


async def test_a_visitor_who_said_nothing_costs_no_model() -> None:
    judge = Judge()

    found = await find_out(ASKED, [agent("Hi!")], judge)

    assert judge.asked == []
    assert found.outcome is Outcome.UNKNOWN
    assert found.summary.text == SAID_NOTHING
    assert {v.outcome for v in found.verdicts} == {Outcome.UNKNOWN}
    assert [v.value for v in found.collected] == [None, None]


async def test_trouble_with_one_question_is_trouble_with_all() -> None:
    with pytest.raises(ModelTrouble) as trouble:
        await find_out(ASKED, TALK, Judge(record_verdict=ModelTrouble("down")))

    assert trouble.value.reason == "down"


async def test_only_so_many_questions_are_asked_at_once() -> None:
    many = Questions(tuple(EvaluationCriterion(f"c{n}", "C", "G") for n in range(12)))
    judge = Counting()

    await find_out(many, TALK, judge)

    assert judge.most == AT_ONCE


def test_values_that_need_no_model_are_not_asked_for() -> None:
    settings = PlatformSettings.model_validate(
        {
            "data_collection": {
                "shop": {"type": "string", "constant_value": "Harbour"},
                "plan": {"type": "string", "dynamic_variable": "plan"},
            }
        }
    )

    asked = questions(settings, {"plan": "pro"})

    assert asked.fields == ()
    assert [(value.field_id, value.value) for value in asked.given] == [
        ("shop", "Harbour"),
        ("plan", "pro"),
    ]


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("boolean", "true", True),
        ("boolean", "maybe", None),
        ("integer", "12", 12),
        ("integer", 12.5, None),
        ("number", "1.5", 1.5),
        ("number", ["x"], None),
        ("string", 5, "5"),
        ("string", {"a": 1}, None),
    ],
)
def test_a_variable_fits_its_field_or_is_left_out(kind: str, given: Any, kept: Any) -> None:
    field = {"type": kind, "dynamic_variable": "plan"}
    settings = PlatformSettings.model_validate({"data_collection": {"plan": field}})

    [value] = questions(settings, {"plan": given}).given

    assert value.value == kept
    assert type(value.value) is type(kept)
    assert ("is no " in value.rationale) == (kept is None)


def test_a_variable_that_the_page_did_not_send_is_said_to_be_missing() -> None:
    field = {"type": "integer", "dynamic_variable": "plan"}
    settings = PlatformSettings.model_validate({"data_collection": {"plan": field}})

    [value] = questions(settings, {}).given

    assert value.value is None
    assert value.rationale == "The dynamic variable plan was not sent."


@pytest.mark.parametrize("variables", [[], "text", 5])
def test_variables_in_the_wrong_form_are_none(variables: Any) -> None:
    field = {"type": "string", "dynamic_variable": "plan"}
    settings = PlatformSettings.model_validate({"data_collection": {"plan": field}})

    assert questions(settings, variables).given[0].value is None


class Counting(Judge):
    """Counts how many questions are under way."""

    now = most = 0

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        async for piece in super().answer(ask):
            yield piece
        self.now -= 1
