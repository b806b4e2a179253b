"""The past put to today's speaker: old answers beside new ones, and no tool acts again."""

from __future__ import annotations

from dashboard.engine.brief import Brief
from dashboard.engine.ports import ModelTrouble, Speaker
from dashboard.engine.replay import Pair, Remembered, replay
from dashboard.engine.turns import Role, ToolCall, ToolResult, ToolSpec, Turn, agent, visitor
from dashboard.providers.llms.scripted import ScriptedLLM

LOOKUP = ToolSpec("lookup")
PAST = [
    agent("Hi!"),
    visitor("Where is 4711?"),
    Turn(Role.AGENT, "One moment.", (ToolCall("c1", "lookup", {"order": 4711}),)),
    Turn(Role.AGENT, tool_results=(ToolResult("c1", "lookup", "late"),)),
    agent("It is late."),
    visitor("And 4712?"),
    agent("I do not know."),
]


async def test_old_answers_stand_beside_new_ones() -> None:
    llm = ScriptedLLM("Monday.", "Tuesday.")

    pairs = [pair async for pair in replay(Speaker(Brief(), llm), PAST)]

    assert pairs == [
        Pair("Where is 4711?", "One moment.\n\nIt is late.", "Monday."),
        Pair("And 4712?", "I do not know.", "Tuesday."),
    ]


async def test_each_question_is_asked_after_what_really_came_before_it() -> None:
    llm = ScriptedLLM("Monday.", "Tuesday.")

    _ = [pair async for pair in replay(Speaker(Brief(), llm), PAST)]

    assert llm.heard == [tuple(PAST[:2]), tuple(PAST[:6])]


async def test_trouble_is_part_of_the_pair() -> None:
    llm = ScriptedLLM(ModelTrouble("down"))

    pairs = [pair async for pair in replay(Speaker(Brief(), llm), PAST[:2])]

    assert pairs[0].trouble == "down"
    assert pairs[0].before == ""


async def test_tools_answer_as_they_did_then() -> None:
    tools = Remembered([LOOKUP], PAST)

    same = await tools.run(ToolCall("n1", "lookup", {"order": 4711}))
    other = await tools.run(ToolCall("n2", "lookup", {"order": 1}))

    assert same == ToolResult("n1", "lookup", "late")
    assert other == ToolResult("n2", "lookup", "late")
    assert tools.specs == (LOOKUP,)


async def test_a_tool_that_was_not_called_then_has_no_answer() -> None:
    result = await Remembered([ToolSpec("refund")], PAST).run(ToolCall("n1", "refund"))

    assert result.is_error
