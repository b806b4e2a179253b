"""What the page may tell and be told besides messages (contract websocket.md §3, §4, §6)."""

from __future__ import annotations

import asyncio

from dashboard.conversations.pace import TOO_FAST, Pace
from dashboard.engine.ports import Ask, ModelTrouble, Said
from dashboard.engine.turns import Attachment, Role, ToolCall, ToolKind, ToolResult, ToolSpec
from dashboard.live import session as live
from dashboard.live import talk as talking
from dashboard.live import wire
from dashboard.live.client_tools import PageTools
from dashboard.live.opening import USUAL
from dashboard.providers.llms.scripted import ScriptedLLM

from .cast import Notebook, Page, said, session
from .test_client_tools import Asking


class Weather:
    """One tool that is run by the server."""

    specs = (ToolSpec("weather", kind=ToolKind.WEBHOOK),)

    async def run(self, call: ToolCall) -> ToolResult:
        return ToolResult(call.id, call.name, "rain", kind=ToolKind.WEBHOOK)


class Recording:
    """A model that remembers what it was asked."""

    def __init__(self, *answers: str, pause: float = 0.0):
        self.answers, self.pause = list(answers), pause
        self.asks: list[Ask] = []

    async def answer(self, ask: Ask):
        self.asks.append(ask)
        for word in self.answers.pop(0).split(" "):
            await asyncio.sleep(self.pause)
            yield Said(f"{word} ")


async def test_what_the_page_tells_is_kept_and_not_answered():
    page, notebook, llm = Page(), Notebook(), Recording("Beans.")
    talk = session(llm, notebook)
    talk.start(page)
    await page.until(page.answers)

    talk.hear_context(wire.ContextualUpdate("The cart holds tea.", "cart"))
    await notebook.until(lambda: len(notebook.turns) == 2)
    talk.hear_context(wire.ContextualUpdate("The cart holds beans.", "cart"))
    talk.hear(said("What is in my cart?"))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    told = [turn.context for turn in notebook.turns if turn.context]
    assert [(one.text, one.context_id) for one in told] == [
        ("The cart holds tea.", "cart"), ("The cart holds beans.", "cart"),
    ]  # fmt: skip
    assert len(llm.asks) == 1
    assert "beans" in llm.asks[0].prompt()
    assert "tea" not in llm.asks[0].prompt()


async def test_a_message_before_what_the_page_tells_is_still_answered():
    page, notebook, llm = Page(), Notebook(), Recording("Yes.", "Yes.")
    talk = session(llm, notebook)
    talk.start(page)

    talk.hear(said("Are you there?"))
    talk.hear_context(wire.ContextualUpdate("The page is /cart."))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    assert len(llm.asks) == 1


async def test_a_thumb_is_for_an_answer_and_without_a_number_for_the_last_one():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("One.", "Two."), notebook)
    talk.start(page)
    talk.hear_feedback(wire.Feedback(None, "like"))  # nothing was said yet
    talk.hear(said("1"))
    await page.until(lambda: len(page.answers()) == 2)
    first = page.frames[-1]["agent_response_event"]["event_id"]
    talk.hear(said("2"))
    await page.until(lambda: len(page.answers()) == 3)
    last = page.frames[-1]["agent_response_event"]["event_id"]

    talk.hear_feedback(wire.Feedback(first, "dislike"))
    talk.hear_feedback(wire.Feedback(None, "like"))
    talk.hear_feedback(wire.Feedback(first, None))
    await notebook.until(lambda: len(notebook.thumbs) == 3)
    await talk.end("test")

    assert notebook.thumbs == [(first, "dislike"), (last, "like"), (first, None)]


async def test_files_go_with_the_message_and_unknown_ones_are_told():
    picture = Attachment("file_1", "shoe.png", "image/png")
    page, notebook = Page(), Notebook(uploads={"file_1": picture})
    talk = session(ScriptedLLM("A shoe."), notebook)
    talk.start(page)

    talk.hear(said("What is this?", "file_1", "file_of_somebody_else"))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    error = next(f["error_event"] for f in page.frames if f["type"] == "error")
    assert (error["error_type"], error["message"]) == ("value_error", talking.NO_FILE)
    asked = next(turn for turn in notebook.turns if turn.role is Role.VISITOR)
    assert asked.files == (picture,)


async def test_only_what_the_owner_lists_is_told_about_tools_and_context():
    call = ToolCall("c1", "weather", {})
    every = {*USUAL, "agent_tool_request", "context_usage", "agent_typing"}
    for events in (USUAL, frozenset(every)):
        page = Page()
        llm = ScriptedLLM(call, "It rains.")
        talk = session(llm, Notebook(), Weather(), events=events)
        talk.start(page)
        talk.hear(said("Weather?"))
        await page.until(lambda page=page: "It rains." in page.answers())
        await talk.end("test")

        kinds = page.types()
        extra = {"agent_tool_request", "context_usage", "agent_typing"}
        assert "agent_tool_response" in kinds
        assert extra & set(kinds) == (extra if events != USUAL else set())
        if events != USUAL:
            requested = kinds.index("agent_tool_request")
            assert requested < kinds.index("agent_tool_response")


async def test_an_answer_that_was_cut_is_corrected_to_what_was_seen():
    page, notebook = Page(), Notebook()
    talk = session(Recording("one two three four five six", "Yes.", pause=0.05), notebook)
    talk.start(page)
    talk.hear(said("Count."))
    await page.until(lambda: "agent_chat_response_part" in page.types())

    talk.hear(said("Stop!"))
    await page.until(lambda: "agent_response_correction" in page.types())
    await talk.end("test")

    event = next(
        f["agent_response_correction_event"]
        for f in page.frames
        if f["type"] == "agent_response_correction"
    )
    cut = next(turn for turn in notebook.turns if turn.interrupted)
    assert event["corrected_agent_response"] == cut.message
    assert page.streamed(event["event_id"]) == cut.message


async def test_a_model_in_trouble_is_an_error_event_without_the_owners_reason():
    page = Page()
    talk = session(ScriptedLLM(ModelTrouble("429 from https://models.example")), Notebook())
    talk.start(page)
    talk.hear(said("Hi"))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    error = next(f["error_event"] for f in page.frames if f["type"] == "error")
    assert error["error_type"] == "llm_error"
    assert "429" not in error["message"]


async def test_the_agent_speaks_up_once_when_the_visitor_is_silent():
    llm = Recording("Sure.", "Are you still there?", "Fine.", "Hello?")
    page, notebook = Page(), Notebook()
    talk = session(llm, notebook, follow_up_seconds=0.05)
    talk.start(page)
    talk.hear(said("Wait"))
    await page.until(lambda: len(page.answers()) == 3)
    await asyncio.sleep(0.2)
    before = len(llm.asks)
    talk.hear(said("I am"))
    await page.until(lambda: len(page.answers()) == 5)
    await talk.end("test")

    assert before == 2
    assert "nothing for 0.05 seconds" in llm.asks[1].instructions
    assert [t.message for t in notebook.turns if t.role is Role.VISITOR] == ["Wait", "I am"]


async def test_who_types_is_neither_asked_nor_hung_up_on():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("x"), notebook, silence_seconds=0.15, follow_up_seconds=0.15)
    talk.start(page)
    await page.until(page.answers)

    for _ in range(6):
        await asyncio.sleep(0.05)
        talk.hear_activity()
    assert (page.closed, len(page.answers())) == (None, 1)
    await page.until(lambda: page.closed)

    assert page.closed == (1000, "The visitor was silent for too long.")
    assert len(notebook.finished) == 1


async def test_the_owners_last_words_come_before_the_end_of_a_long_conversation():
    page, notebook = Page(), Notebook()
    talk = session(
        ScriptedLLM("x"), notebook, longest_seconds=0.15, longest_message="We must stop here."
    )

    talk.start(page)
    await page.until(lambda: page.closed)

    assert page.answers() == ["Hello!", "We must stop here."]
    assert page.types()[-1] == "error"
    assert notebook.turns[-1].message == "We must stop here."


async def test_strict_gating_keeps_answers_from_clients_that_do_not_list_them():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("Fine."), notebook, events=frozenset({"audio"}), speaks=False)
    talk.start(page)
    talk.hear(said("Hi"))
    await notebook.until(lambda: len(notebook.turns) == 3)
    await talk.end("test")

    assert set(page.types()) <= {"conversation_initiation_metadata", "ping"}


async def test_a_visitor_who_goes_on_does_not_wait_for_a_page_that_never_answers():
    tools = PageTools()
    page, notebook = Page(), Notebook()
    talk = session(
        ScriptedLLM(ToolCall("c1", "cart", {}), "Yes."), notebook, Asking(tools, 60), tools
    )
    talk.start(page)
    talk.hear(said("Cart?"))
    await page.until(lambda: "client_tool_call" in page.types())

    talk.hear(said("Never mind"))
    await page.until(lambda: "Yes." in page.answers())
    await talk.end("test")

    results = [r for turn in notebook.turns for r in turn.tool_results]
    assert "went on" in results[0].output


async def test_a_flood_of_updates_leaves_the_newest_of_each_and_no_message_out():
    page, notebook, llm = Page(), Notebook(), Recording("one two three", "Yes.", pause=0.02)
    talk = session(llm, notebook)
    talk.start(page)
    talk.hear(said("Count."))
    await page.until(lambda: "agent_chat_response_part" in page.types())

    for pixel in range(500):
        talk.hear_context(wire.ContextualUpdate(f"scrolled to {pixel}", "scroll"))
    talk.hear(said("Where am I?"))
    await page.until(lambda: "Yes. " in page.answers())
    await talk.end("test")

    told = [turn.context.text for turn in notebook.turns if turn.context]
    assert told == ["scrolled to 499"]
    assert "scrolled to 499" in llm.asks[-1].prompt()


async def test_updates_without_a_name_that_are_too_many_are_refused_in_words():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("x"), notebook)
    talk.start(page)

    for n in range(talking.MOST_UPDATES + 1):
        talk.hear_context(wire.ContextualUpdate(f"step {n}"))
    await notebook.until(lambda: len(notebook.turns) == talking.MOST_UPDATES + 1)
    await talk.end("test")

    errors = [f["error_event"]["message"] for f in page.frames if f["type"] == "error"]
    assert errors == [live.TOO_MUCH]


async def test_who_writes_too_fast_is_asked_to_wait_and_stays():
    page, notebook, llm = Page(), Notebook(), Recording("One.", "never")
    talk = session(llm, notebook, pace=Pace("agent_of_this_test", "visitor", 1))
    talk.start(page)
    talk.hear(said("First"))
    await page.until(lambda: "One. " in page.answers())

    talk.hear(said("Second"))
    await page.until(lambda: TOO_FAST in page.answers())
    open_still = page.closed is None
    await talk.end("test")

    assert open_still
    assert len(llm.asks) == 1
    assert [t.message for t in notebook.turns][-2:] == ["Second", TOO_FAST]
