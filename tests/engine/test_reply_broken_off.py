"""Answers that do not come to their end: visitors who cut in, models and tools that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from dashboard.engine.brief import Brief
from dashboard.engine.events import Failed
from dashboard.engine.hush import Hush
from dashboard.engine.ports import Ask, ModelTrouble, Piece, Said, Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolCall, visitor
from dashboard.providers.llms.scripted import ScriptedLLM

from .acting import Weather, heard, heard_until, spoken, turns_of

BRIEF = Brief("Be kind.")


async def test_a_visitor_who_cuts_in_keeps_exactly_what_was_sent() -> None:
    hush = Hush()
    llm = ScriptedLLM("one two three four")

    events = await heard_until(reply(Speaker(BRIEF, llm), [visitor("Count")], hush), hush, after=2)

    (turn,) = turns_of(events)
    assert turn.interrupted
    assert turn.message == spoken(events) == "one two"


async def test_a_visitor_may_cut_in_while_the_model_hangs() -> None:
    hush = Hush()
    llm = Hanging()
    answer = asyncio.create_task(heard(reply(Speaker(BRIEF, llm), [visitor("Hi")], hush)))
    await llm.started.wait()

    hush.ask()
    events = await asyncio.wait_for(answer, 5)

    assert events == []
    assert llm.closed


async def test_tools_after_an_interruption_are_on_record_as_not_run() -> None:
    hush = Hush()
    tools = Weather()
    two: list[Piece | ModelTrouble] = [ToolCall("c1", "weather"), ToolCall("c2", "weather")]
    events = reply(Speaker(BRIEF, ScriptedLLM(two), tools), [visitor("Weather?")], hush)

    seen = await heard_until(events, hush, after=3)  # calls, first tool started and finished

    first, second = turns_of(seen)[-1].tool_results
    assert [call.id for call in tools.asked] == ["c1"]
    assert not first.unanswered
    assert second.unanswered


async def test_trouble_is_told_to_the_visitor_in_words() -> None:
    llm = ScriptedLLM(ModelTrouble("429 from the provider"))

    events = await heard(reply(Speaker(BRIEF, llm), [visitor("Hi")]))

    assert Failed("429 from the provider") in events
    assert turns_of(events)[-1].message == BRIEF.trouble_message


async def test_trouble_in_mid_answer_keeps_what_was_said() -> None:
    llm = ScriptedLLM([Said("The office is"), ModelTrouble("cut off")])

    events = await heard(reply(Speaker(BRIEF, llm), [visitor("Where?")]))

    assert turns_of(events)[-1].message == f"The office is\n\n{BRIEF.trouble_message}"
    assert spoken(events) == turns_of(events)[-1].message


async def test_calls_of_an_answer_that_broke_off_are_not_made() -> None:
    tools = Weather()
    llm = ScriptedLLM([ToolCall("c1", "weather"), ModelTrouble("cut off")])

    events = await heard(reply(Speaker(BRIEF, llm, tools), [visitor("Weather?")]))

    assert tools.asked == []
    assert all(not turn.tool_calls for turn in turns_of(events))


async def test_an_empty_answer_is_trouble_too() -> None:
    events = await heard(reply(Speaker(BRIEF, ScriptedLLM([])), [visitor("Hi")]))

    assert any(isinstance(event, Failed) for event in events)
    assert turns_of(events)[-1].message == BRIEF.trouble_message


async def test_a_tool_that_breaks_leaves_a_result_without_its_error_text() -> None:
    llm = ScriptedLLM(ToolCall("c1", "weather"), "It did not work.")

    await heard(reply(Speaker(BRIEF, llm, Broken()), [visitor("Weather?")]))

    result = llm.heard[1][-1].tool_results[0]
    assert result.is_error
    assert "sk_secret" not in result.output


async def test_an_abandoned_answer_closes_the_models_stream() -> None:
    llm = Hanging(Said("Well"))
    events = reply(Speaker(BRIEF, llm), [visitor("Hi")])

    await anext(events)
    await events.aclose()

    assert llm.closed


async def test_an_error_that_is_no_trouble_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await heard(reply(Speaker(BRIEF, Crashing()), [visitor("Hi")]))


async def test_a_model_whose_task_is_cancelled_from_within_does_not_hang_the_visitor() -> None:
    events = await asyncio.wait_for(heard(reply(Speaker(BRIEF, Cancelled()), [visitor("Hi")])), 5)

    assert turns_of(events)[-1].message == BRIEF.trouble_message


class Hanging:
    """Says what it has to say, and then nothing more for ever."""

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = pieces
        self.started = asyncio.Event()
        self.closed = False

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        try:
            for piece in self.pieces:
                yield piece
            self.started.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True


class Crashing:
    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        yield Said("1")
        raise ZeroDivisionError


class Cancelled:
    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        for piece in ():
            yield piece
        raise asyncio.CancelledError


class Broken(Weather):
    async def run(self, call: ToolCall) -> None:  # type: ignore[override]  # it never returns
        raise RuntimeError("token sk_secret was refused")
