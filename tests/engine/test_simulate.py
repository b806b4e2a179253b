"""Two speakers talk: turns alternate, the sides do not mix, and every talk ends."""

from __future__ import annotations

from collections.abc import AsyncIterator

from dashboard.engine import system_tools
from dashboard.engine.brief import Brief
from dashboard.engine.events import Ended, EndReason, Event, Failed
from dashboard.engine.ports import ModelTrouble, Speaker
from dashboard.engine.simulate import YOUR_TURN, played_by, simulate
from dashboard.engine.turns import Role, ToolCall, agent, visitor
from dashboard.providers.llms.scripted import ScriptedLLM

from .acting import Built, Weather, heard, turns_of

LEAVE = ToolCall("v1", "end_call", {"reason": "satisfied"})


def talk(llm: ScriptedLLM, guest: ScriptedLLM, max_turns: int = 6) -> AsyncIterator[Event]:
    speaker = Speaker(Brief("Sell.", "Hello!"), llm)
    return simulate(speaker, played_by(guest, "a hurried customer"), max_turns=max_turns)


async def test_agent_and_visitor_take_turns_until_the_visitor_leaves() -> None:
    guest = ScriptedLLM("What does it cost?", "Thanks.", LEAVE)

    events = await heard(talk(ScriptedLLM("Nine.", "Welcome."), guest))

    assert [(turn.role, turn.message) for turn in turns_of(events)] == [
        (Role.AGENT, "Hello!"),
        (Role.VISITOR, "What does it cost?"),
        (Role.AGENT, "Nine."),
        (Role.VISITOR, "Thanks."),
        (Role.AGENT, "Welcome."),
    ]
    assert events[-1] == Ended(EndReason.VISITOR_LEFT, "satisfied")


async def test_each_side_hears_the_other_as_the_one_who_speaks_to_it() -> None:
    llm, guest = ScriptedLLM("Nine."), ScriptedLLM("What does it cost?", "Bye.")

    await heard(talk(llm, guest, max_turns=3))

    assert llm.heard[0] == (agent("Hello!"), visitor("What does it cost?"))
    assert guest.heard[1] == (
        visitor(f"{YOUR_TURN}\n\nHello!"),
        agent("What does it cost?"),
        visitor("Nine."),
    )
    assert "a hurried customer" in guest.asked[0].instructions


async def test_the_visitor_sees_no_tools_of_the_agent() -> None:
    llm = ScriptedLLM(ToolCall("c1", "weather"), "Four degrees.")
    guest = ScriptedLLM("Weather?", "Thanks.")
    speaker = Speaker(Brief(""), llm, Weather())

    await heard(simulate(speaker, played_by(guest, "curious"), max_turns=3))

    assert guest.heard[1][-1] == visitor("Four degrees.")
    assert all(not turn.tool_calls and not turn.tool_results for turn in guest.heard[1])


async def test_the_talk_ends_when_the_agent_ends_it() -> None:
    goodbye = ToolCall("c1", "end_call", {"reason": "done", "message": "Bye!"})
    speaker = Speaker(Brief(), ScriptedLLM(goodbye), Built(system_tools.end_call()))

    events = await heard(simulate(speaker, played_by(ScriptedLLM("Hi"), "anyone"), max_turns=9))

    assert events[-1] == Ended(EndReason.AGENT_ENDED, "done")
    assert [turn.message for turn in turns_of(events)][:2] == ["Hi", "Bye!"]


async def test_the_talk_ends_at_the_limit() -> None:
    events = await heard(talk(ScriptedLLM("And you?"), ScriptedLLM("And you?"), max_turns=4))

    assert len(turns_of(events)) == 1 + 4
    assert events[-1] == Ended(EndReason.TURNS_LIMIT)


async def test_a_talk_can_go_on_from_what_was_said_before() -> None:
    llm = ScriptedLLM("Nine.")
    opening = [agent("Hello!"), visitor("What does it cost?")]
    speaker = Speaker(Brief("Sell.", "never said"), llm)

    events = await heard(
        simulate(speaker, played_by(ScriptedLLM("?"), "x"), opening=opening, max_turns=1)
    )

    assert [turn.message for turn in turns_of(events)] == ["Nine."]
    assert llm.heard[0] == tuple(opening)


async def test_a_model_without_an_answer_ends_the_talk_with_its_reason() -> None:
    events = await heard(talk(ScriptedLLM(ModelTrouble("down")), ScriptedLLM("Hi")))

    assert events[-1] == Ended(EndReason.TROUBLE, "down")
    assert turns_of(events)[-1].message == Brief().trouble_message


async def test_the_visitors_trouble_is_never_put_into_the_visitors_mouth() -> None:
    events = await heard(talk(ScriptedLLM("Nine."), ScriptedLLM(ModelTrouble("down"))))

    assert [turn.message for turn in turns_of(events)] == ["Hello!"]
    assert any(isinstance(event, Failed) and "visitor" in event.reason for event in events)
    assert isinstance(events[-1], Ended)
    assert events[-1].reason is EndReason.TROUBLE


async def test_a_last_word_is_heard_before_the_visitor_leaves() -> None:
    last = ToolCall("v1", "end_call", {"reason": "done", "message": "Bye then."})

    events = await heard(talk(ScriptedLLM("?"), ScriptedLLM(last)))

    assert turns_of(events)[-1] == visitor("Bye then.")
    assert events[-1] == Ended(EndReason.VISITOR_LEFT, "done")
