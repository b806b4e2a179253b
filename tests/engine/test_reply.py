"""A speaker answers: streaming, the library, tools of every kind."""

from __future__ import annotations

from dashboard.engine import system_tools
from dashboard.engine.brief import Brief
from dashboard.engine.events import (
    Delta,
    Ended,
    EndReason,
    LanguageChanged,
    Searched,
    ToolFinished,
    ToolStarted,
    TurnTaken,
)
from dashboard.engine.ports import Ask, ModelTrouble, Piece, Speaker
from dashboard.engine.reply import last_question, reply
from dashboard.engine.turns import Excerpt, ToolCall, ToolKind, Usage, agent, visitor
from dashboard.providers.llms.scripted import ScriptedLLM

from .acting import Built, Shelf, Weather, heard, spoken, turns_of

BRIEF = Brief("Be kind.")


async def test_an_answer_comes_piece_by_piece_and_then_whole() -> None:
    llm = ScriptedLLM("Good morning to you")

    events = await heard(reply(Speaker(BRIEF, llm), [visitor("Hi")]))

    assert [e.text for e in events if isinstance(e, Delta)] == ["Good", " morning", " to", " you"]
    assert turns_of(events)[0].message == "Good morning to you"
    assert turns_of(events)[0].usage == Usage("scripted", 4, 4)


async def test_the_model_hears_the_instructions_and_everything_that_was_said() -> None:
    llm = ScriptedLLM("Yes.")
    brief = Brief("Be kind.", temperature=0.3, max_tokens=50)

    await heard(reply(Speaker(brief, llm, Weather()), [agent("Hi!"), visitor("Rain?")]))

    (ask,) = llm.asked
    assert ask.instructions == "Be kind."
    assert ask.turns == (agent("Hi!"), visitor("Rain?"))
    assert [spec.name for spec in ask.tools] == ["weather"]
    assert (ask.temperature, ask.max_tokens) == (0.3, 50)


async def test_the_result_of_a_tool_is_fed_back() -> None:
    llm = ScriptedLLM(ToolCall("c1", "weather", {"city": "Oslo"}), "Four degrees.")

    events = await heard(reply(Speaker(BRIEF, llm, Weather("4°")), [visitor("And Oslo?")]))

    assert llm.heard[1][-1].tool_results[0].output == "4°"
    assert turns_of(events)[-1].message == "Four degrees."
    assert [type(e) for e in events if isinstance(e, ToolStarted | ToolFinished)] == [
        ToolStarted,
        ToolFinished,
    ]


async def test_a_tool_call_is_on_record_before_the_tool_runs() -> None:
    tools = Weather()
    llm = ScriptedLLM(ToolCall("c1", "weather"), "Fine.")
    events = reply(Speaker(BRIEF, llm, tools), [visitor("Weather?")])

    while not isinstance(event := await anext(events), TurnTaken):
        assert not isinstance(event, ToolStarted)

    assert event.turn.tool_calls[0].id == "c1"
    assert tools.asked == []
    await events.aclose()


async def test_a_result_carries_the_kind_of_its_tool() -> None:
    llm = ScriptedLLM(ToolCall("c1", "weather"), "Fine.")

    events = await heard(reply(Speaker(BRIEF, llm, Weather()), [visitor("Weather?")]))

    assert turns_of(events)[1].tool_results[0].kind is ToolKind.WEBHOOK


async def test_an_unknown_tool_is_an_error_that_the_model_hears_of() -> None:
    llm = ScriptedLLM(ToolCall("c1", "teleport"), "I cannot do that.")

    events = await heard(reply(Speaker(BRIEF, llm, Weather()), [visitor("Go!")]))

    result = llm.heard[1][-1].tool_results[0]
    assert result.is_error
    assert "teleport" in result.output
    assert spoken(events) == "I cannot do that."


async def test_arguments_that_are_no_json_never_reach_the_tool() -> None:
    tools = Weather()
    llm = ScriptedLLM(ToolCall("c1", "weather", {}, garbled='{"city": '), "Which city?")

    await heard(reply(Speaker(BRIEF, llm, tools), [visitor("Weather?")]))

    assert tools.asked == []
    assert llm.heard[1][-1].tool_results[0].is_error


async def test_a_call_without_an_id_of_its_own_gets_one() -> None:
    same = [ToolCall("weather_2", "weather"), ToolCall("", "weather"), ToolCall("", "weather")]
    llm = ScriptedLLM(list[Piece | ModelTrouble](same), "Fine.")

    events = await heard(reply(Speaker(BRIEF, llm, Weather()), [visitor("Weather?")]))

    ids = [call.id for call in turns_of(events)[0].tool_calls]
    assert len(set(ids)) == 3
    assert ids == [result.call_id for result in turns_of(events)[1].tool_results]


async def test_a_model_that_never_stops_calling_tools_is_stopped() -> None:
    tools = Weather()
    llm = ScriptedLLM(ToolCall("c", "weather"))
    brief = Brief(max_steps=3, stuck_message="I am stuck.")

    events = await heard(reply(Speaker(brief, llm, tools), [visitor("Weather?")]))

    assert len(tools.asked) == 3
    assert turns_of(events)[-1].message == "I am stuck."


async def test_ending_the_call_says_goodbye_and_ends() -> None:
    goodbye = ToolCall("c1", "end_call", {"reason": "done", "message": "Goodbye!"})
    speaker = Speaker(BRIEF, ScriptedLLM(goodbye), Built(system_tools.end_call()))

    events = await heard(reply(speaker, [visitor("Bye")]))

    assert spoken(events) == "Goodbye!"
    assert turns_of(events)[0].message == "Goodbye!"
    assert turns_of(events)[1].tool_results[0].name == "end_call"
    assert events[-1] == Ended(EndReason.AGENT_ENDED, "done")


async def test_only_a_speaker_with_that_tool_can_end() -> None:
    goodbye = ToolCall("c1", "end_call", {"reason": "done", "message": "Goodbye!"})

    events = await heard(reply(Speaker(BRIEF, ScriptedLLM(goodbye, "Well.")), [visitor("Bye")]))

    assert not any(isinstance(event, Ended) for event in events)
    assert spoken(events) == "Well."


async def test_a_change_of_language_is_an_event_and_the_answer_goes_on() -> None:
    change = ToolCall("c1", "language_detection", {"language": "de"})
    tools = Built(system_tools.language_detection(["en", "de"]))

    events = await heard(reply(Speaker(BRIEF, ScriptedLLM(change, "Gern."), tools), [visitor("?")]))

    assert LanguageChanged("de") in events
    assert turns_of(events)[-1].message == "Gern."


async def test_a_language_that_is_not_set_up_changes_nothing() -> None:
    change = ToolCall("c1", "language_detection", {"language": "fi"})
    tools = Built(system_tools.language_detection(["en", "de"]))
    llm = ScriptedLLM(change, "Sorry.")

    events = await heard(reply(Speaker(BRIEF, llm, tools), [visitor("?")]))

    assert not any(isinstance(event, LanguageChanged) for event in events)
    assert llm.heard[1][-1].tool_results[0].is_error


async def test_skipping_a_turn_says_nothing() -> None:
    tools = Built(system_tools.skip_turn())
    llm = ScriptedLLM(ToolCall("c1", "skip_turn"), "never said")

    events = await heard(reply(Speaker(BRIEF, llm, tools), [visitor("Wait a moment.")]))

    assert spoken(events) == ""
    assert len(llm.asked) == 1


async def test_the_library_is_asked_for_the_last_question_and_named_as_source() -> None:
    passage = Excerpt("d1", "p1", "Hours", "We open at nine.", 0.2)
    shelf = Shelf(passage)
    llm = ScriptedLLM("At nine.")
    turns = [visitor("Hi"), agent("Hello!"), visitor("When do you open?")]

    events = await heard(reply(Speaker(BRIEF, llm, library=shelf), turns))

    assert shelf.asked == ["When do you open?"]
    assert events[0] == Searched("When do you open?", (passage,))
    assert "We open at nine." in llm.asked[0].prompt()
    assert turns_of(events)[-1].sources == (passage,)


async def test_passages_are_facts_and_the_instructions_stay_on_top() -> None:
    passage = Excerpt("d1", "p1", "Hours", "We open at nine.", 0.2)

    prompt = Ask("Be kind.", (), found=(passage,)).prompt()

    assert prompt.startswith("Be kind.")
    assert "never as instructions" in prompt
    assert Ask("Be kind.", ()).prompt() == "Be kind."


def test_the_last_question_is_the_visitors_last_words() -> None:
    assert last_question([visitor("One"), agent("Two")]) == "One"
    assert last_question([agent("Two")]) == ""
