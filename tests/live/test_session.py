"""One conversation without a socket: order of frames, interruption, endings, coming back."""

from __future__ import annotations

import asyncio

from dashboard.engine import system_tools
from dashboard.engine.ports import Ask, ModelTrouble, Said
from dashboard.engine.turns import Role, ToolCall, ToolResult
from dashboard.live import session as live
from dashboard.live import talk as talking
from dashboard.providers.llms.scripted import ScriptedLLM

from .cast import Notebook, Page, said, session


async def test_the_metadata_is_first_and_the_greeting_comes_once_after_a_gap():
    page, talk = Page(), session(ScriptedLLM("Fine."), Notebook())

    talk.start(page)
    before = page.types()
    await page.until(page.answers)
    await talk.end("test")

    assert before == ["conversation_initiation_metadata"]
    assert page.answers() == ["Hello!"]


async def test_an_answer_is_streamed_then_final_under_one_event_id():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("Four degrees and rain."), notebook)
    talk.start(page)

    talk.hear(said("And Oslo?"))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    kinds = [f["text_response_part"]["type"] for f in page.frames if "text_response_part" in f]
    assert kinds[0] == "start"
    assert kinds[-1] == "stop"
    assert set(kinds[1:-1]) == {"delta"}
    final = page.frames[-1]["agent_response_event"]
    assert final["agent_response"] == page.streamed(final["event_id"]) == "Four degrees and rain."
    assert [(t.role, t.message) for t in notebook.turns] == [
        (Role.AGENT, "Hello!"),
        (Role.VISITOR, "And Oslo?"),
        (Role.AGENT, "Four degrees and rain."),
    ]


async def test_a_turn_is_kept_before_it_is_final():
    page, notebook = Page(), Notebook()

    class Watched(Page):
        def post(self, frame):
            if frame["type"] == "agent_response":
                notebook.log.append(f"sent {frame['agent_response_event']['agent_response']}")
            super().post(frame)

    page = Watched()
    talk = session(ScriptedLLM("Four."), notebook)
    talk.start(page)
    talk.hear(said("How many?"))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    assert notebook.log == [
        "kept Hello!", "sent Hello!", "kept How many?", "kept Four.", "sent Four.",
    ]  # fmt: skip


async def test_a_new_message_stops_the_answer_and_what_was_sent_is_kept():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("one two three four five six seven", "Yes."), notebook)
    talk.opening.speaker.llm.pause = 0.05  # type: ignore[attr-defined]
    talk.start(page)
    talk.hear(said("Count."))
    await page.until(lambda: "agent_chat_response_part" in page.types())

    talk.hear(said("Stop!"))
    await page.until(lambda: len(page.answers()) == 3)
    await talk.end("test")

    cut = next(turn for turn in notebook.turns if turn.interrupted)
    assert cut.message == page.answers()[1]
    assert "one two three four five six seven".startswith(cut.message or "?")
    assert [t.message for t in notebook.turns][-2:] == ["Stop!", "Yes."]


async def test_a_model_that_hangs_does_not_stop_the_visitor_from_cutting_in():
    class Hanging:
        def __init__(self):
            self.asks = 0

        async def answer(self, ask: Ask):
            self.asks += 1
            if self.asks == 1:
                await asyncio.sleep(60)
            yield Said("Here I am.")

    page, notebook = Page(), Notebook()
    talk = session(Hanging(), notebook)
    talk.start(page)
    talk.hear(said("Are you there?"))
    await asyncio.sleep(0.15)

    talk.hear(said("Hello?"))
    await page.until(lambda: "Here I am." in page.answers())
    await talk.end("test")

    assert [t.message for t in notebook.turns] == [
        "Hello!", "Are you there?", "Hello?", "Here I am.",
    ]  # fmt: skip


async def test_trouble_with_the_model_is_told_in_words_and_to_the_owner():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM(ModelTrouble("429 from the model")), notebook)
    talk.start(page)

    talk.hear(said("Hi"))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    assert "cannot answer right now" in page.answers()[1]
    assert notebook.warnings == ["429 from the model"]


async def test_a_broken_answer_is_apologised_for_and_the_session_lives():
    class Broken:
        async def answer(self, ask: Ask):
            yield Said("Well, ")
            raise ZeroDivisionError

    page, notebook = Page(), Notebook()
    talk = session(Broken(), notebook)
    talk.start(page)

    talk.hear(said("Hi"))
    await page.until(lambda: len(page.answers()) == 2)

    assert page.answers()[1].startswith("Well, \n\nSorry")
    assert page.answers()[1] == notebook.turns[-1].message
    assert not talk.ended
    await talk.end("test")


async def test_a_turn_that_cannot_be_stored_ends_the_session_with_a_reason():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("Fine."), notebook)
    talk.start(page)
    await page.until(page.answers)

    notebook.broken = True
    talk.hear(said("Hi"))
    await page.until(lambda: page.closed)

    assert page.closed == (1011, live.UNSTORED)
    assert page.answers() == ["Hello!"]
    assert notebook.finished[0][1]["code"] == 1011


async def test_the_agent_ends_with_its_last_words_first():
    class Ending:
        specs = (system_tools.end_call(),)

        async def run(self, call: ToolCall) -> ToolResult:
            raise AssertionError("a built-in tool is the loop's")

    call = ToolCall("c1", "end_call", {"reason": "done", "message": "Bye!"})
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM(call), notebook, Ending())
    talk.start(page)

    talk.hear(said("Thanks, bye"))
    await page.until(lambda: page.closed)

    assert page.types()[-2:] == ["agent_response", "agent_tool_response"]
    assert page.frames[-1]["agent_tool_response"]["tool_name"] == "end_call"
    assert page.closed == (1000, "The agent ended the conversation.")
    assert len(notebook.finished) == 1


async def test_a_closed_tab_in_mid_answer_keeps_what_was_sent_and_finishes_once():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("one two three four five six", "x"), notebook)
    talk.opening.speaker.llm.pause = 0.05  # type: ignore[attr-defined]
    talk.start(page)
    talk.hear(said("Count."))
    await page.until(lambda: "agent_chat_response_part" in page.types())

    talk.leave(page, clean=False)
    talk.leave(page, clean=True)
    await notebook.closed.wait()

    assert notebook.turns[-1].interrupted
    assert len(notebook.finished) == 1


async def test_who_comes_back_gets_what_was_missed_once_and_the_rest_live():
    notebook = Notebook()
    first, second = Page(), Page()
    talk = session(
        ScriptedLLM("one two three four five six seven eight"), notebook, resume_token="t"
    )
    talk.opening.speaker.llm.pause = 0.04  # type: ignore[attr-defined]
    talk.start(first)
    talk.hear(said("Count."))
    await first.until(lambda: "agent_chat_response_part" in first.types())

    talk.leave(first, clean=False)
    talk.come_back(second, after=1)
    await second.until(second.answers)
    await talk.end("test")

    metadata = second.frames[0]["conversation_initiation_metadata_event"]
    assert metadata["user_messages_kept"] == 1
    assert second.answers() == ["one two three four five six seven eight"]
    assert second.streamed(2) == second.answers()[0]
    assert [t.message for t in notebook.turns].count(second.answers()[0]) == 1


async def test_who_does_not_come_back_in_time_has_left():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("x"), notebook, resume_token="t", resume_seconds=0.05)
    talk.start(page)
    await page.until(page.answers)

    talk.leave(page, clean=False)
    await asyncio.sleep(0.2)

    assert notebook.finished == [("The visitor did not come back.", None)]


async def test_the_longest_duration_is_an_error_event_and_a_normal_close():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("x"), notebook, longest_seconds=0.15)

    talk.start(page)
    await page.until(lambda: page.closed)

    assert page.frames[-1]["error_event"]["error_type"] == "max_duration_exceeded"
    assert page.closed
    assert page.closed[0] == 1000


async def test_a_flood_of_messages_is_closed_with_a_reason():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("x"), notebook)
    talk.start(page)

    for n in range(talking.MOST_WAITING + 1):
        talk.hear(said(f"message {n}"))
    await page.until(lambda: page.closed)

    assert page.closed == (1008, "Too many messages at once.")
