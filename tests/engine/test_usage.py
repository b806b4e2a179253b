"""Tokens of each call of a model: as it counts them, else as we guess; and waits on the way."""

from __future__ import annotations

from dataclasses import replace

from dashboard.engine.brief import Brief
from dashboard.engine.events import ContextUsed, Delta, TurnTaken, Waited
from dashboard.engine.hush import Hush
from dashboard.engine.ports import ModelTrouble, Queued, Said, Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolCall, Usage, agent, visitor
from dashboard.providers.llms.scripted import ScriptedLLM

from .acting import Weather, heard, heard_until, turns_of

BRIEF = Brief("Be kind.", model="our-model", context_tokens=50_000)


async def test_each_call_tells_how_full_the_model_is() -> None:
    llm = ScriptedLLM(
        [ToolCall("c1", "weather"), Usage("gpt-4o", 900, 5)],
        [Said("Four."), Usage("gpt-4o", 1_000, 6)],
    )

    events = await heard(reply(Speaker(BRIEF, llm, Weather()), [visitor("Cold?")]))

    used = [event for event in events if isinstance(event, ContextUsed)]
    assert used == [ContextUsed("gpt-4o", 900, 50_000), ContextUsed("gpt-4o", 1_000, 50_000)]
    assert [turn.usage for turn in turns_of(events) if turn.usage] == [
        Usage("gpt-4o", 900, 5),
        Usage("gpt-4o", 1_000, 6),
    ]


async def test_tokens_that_nobody_counted_are_guessed_and_say_so() -> None:
    llm = ScriptedLLM([Said("word " * 100), Usage("local", estimated=True)])

    events = await heard(reply(Speaker(BRIEF, llm), [visitor("x" * 4_000)]))

    usage = turns_of(events)[0].usage
    assert usage is not None
    assert (usage.model, usage.estimated) == ("local", True)
    assert 1_000 < usage.input_tokens < 1_100
    assert 100 < usage.output_tokens < 200


async def test_one_count_that_is_missing_is_guessed_alone() -> None:
    llm = ScriptedLLM([Said("Hi."), Usage("local", 0, 7, estimated=True)])

    events = await heard(reply(Speaker(BRIEF, llm), [visitor("x" * 400)]))

    usage = turns_of(events)[0].usage
    assert usage is not None
    assert usage.output_tokens == 7
    assert usage.input_tokens > 100


async def test_an_answer_that_was_cut_off_has_taken_its_tokens() -> None:
    hush = Hush()
    llm = ScriptedLLM("one two three four")

    events = await heard_until(reply(Speaker(BRIEF, llm), [visitor("Count.")], hush), hush, 2)

    (turn,) = turns_of(events)
    assert turn.interrupted
    assert turn.usage is not None
    assert (turn.usage.model, turn.usage.estimated) == ("our-model", True)


async def test_guesses_learn_from_what_the_model_counts() -> None:
    turns = [visitor("x" * 4_000)]
    first = await heard(
        reply(Speaker(BRIEF, ScriptedLLM([Said("Yes."), Usage("m", 2_000, 1)])), turns)
    )
    turns += [*turns_of(first), visitor("And?")]

    second = await heard(reply(Speaker(BRIEF, ScriptedLLM([Said("No.")])), turns))

    usage = turns_of(second)[0].usage
    assert usage is not None
    assert 1_900 < usage.input_tokens < 2_200


async def test_a_model_that_reads_no_tokens_has_none() -> None:
    events = await heard(
        reply(Speaker(BRIEF, ScriptedLLM([Said("Hi."), Usage("built-in")])), [visitor("Hi")])
    )

    assert turns_of(events)[0].usage == Usage("built-in")
    assert not any(isinstance(event, ContextUsed) for event in events)


async def test_a_model_without_an_answer_has_used_nothing_that_we_know_of() -> None:
    events = await heard(reply(Speaker(BRIEF, ScriptedLLM(ModelTrouble("down"))), [visitor("Hi")]))

    assert turns_of(events)[0].usage is None


async def test_waiting_for_a_turn_is_told_and_is_no_beginning() -> None:
    llm = ScriptedLLM([Queued(1.5), Said("Hi."), Usage("m", 1, 1)])

    events = await heard(reply(Speaker(BRIEF, llm), [visitor("Hi")]))

    assert [type(event) for event in events] == [Waited, Delta, ContextUsed, TurnTaken]
    assert events[0] == Waited(1.5)


async def test_a_wait_and_then_trouble_is_an_apology_of_its_own() -> None:
    llm = ScriptedLLM([Queued(1.5), ModelTrouble("down")])

    events = await heard(reply(Speaker(BRIEF, llm), [visitor("Hi")]))

    assert turns_of(events)[0].message == BRIEF.trouble_message


async def test_a_long_talk_fits_into_what_the_model_reads() -> None:
    llm = ScriptedLLM("Yes.")
    past = [turn for _ in range(200) for turn in (visitor("x" * 400), agent("y" * 400))]
    brief = replace(BRIEF, context_tokens=8_000, extra_body={"user": "u"})

    events = await heard(reply(Speaker(brief, llm), [*past, visitor("Now?")]))

    (ask,) = llm.asked
    assert ask.shortened
    assert ask.turns[-1] == visitor("Now?")
    assert sum(len(turn.message or "") for turn in ask.turns) < 8_000 * 4
    assert ask.extra_body == {"user": "u"}
    assert turns_of(events)[-1].message == "Yes."
