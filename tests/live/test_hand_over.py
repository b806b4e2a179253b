"""A session that lets go of its conversation, and one that takes it up where it was left."""

from __future__ import annotations

import asyncio

from dashboard.engine.ports import Said
from dashboard.engine.turns import (
    Role,
    ToolCall,
    ToolKind,
    ToolResult,
    ToolSpec,
    Turn,
    agent,
    visitor,
)
from dashboard.live.ledger import LOST
from dashboard.live.opening import Past
from dashboard.live.outgoing import APART
from dashboard.providers.llms.scripted import ScriptedLLM

from .cast import Notebook, Page, said, session


def past(*turns: Turn, said: tuple[tuple[int, str], ...] = (), messages: int = 1) -> Past:
    return Past(turns, said, max((at for at, _ in said), default=0), messages, 30.0)


class Ordering:
    """A tool with an effect; it takes as long as it is told to."""

    specs = (ToolSpec("order", kind=ToolKind.WEBHOOK),)

    def __init__(self) -> None:
        self.running, self.go, self.orders = asyncio.Event(), asyncio.Event(), 0

    async def run(self, call: ToolCall) -> ToolResult:
        self.orders += 1
        self.running.set()
        await self.go.wait()
        return ToolResult(call.id, call.name, "ordered", kind=ToolKind.WEBHOOK)


async def test_an_answer_that_is_not_whole_leaves_with_the_session_that_gives_it_up():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("one two three four five six"), notebook, resume_token="t")
    talk.opening.speaker.llm.pause = 0.05  # type: ignore[attr-defined]
    talk.start(page)
    talk.hear(said("Count."))
    await page.until(lambda: "agent_chat_response_part" in page.types())

    await talk.release("moved")

    assert [turn.message for turn in notebook.turns] == ["Hello!", "Count."]
    assert (notebook.released, notebook.finished) == (1, [])
    assert page.closed == (1001, "moved")


async def test_a_tool_that_runs_is_waited_for_and_its_result_is_kept():
    page, notebook, tool = Page(), Notebook(), Ordering()
    talk = session(
        ScriptedLLM(ToolCall("c1", "order", {}), "Done."), notebook, tool, resume_token="t"
    )
    talk.start(page)
    talk.hear(said("Order it."))
    await tool.running.wait()

    leaving = asyncio.create_task(talk.release("moved"))
    await asyncio.sleep(0)
    early = notebook.released
    tool.go.set()
    await leaving

    assert early == 0
    assert notebook.released == 1
    assert notebook.turns[-1].tool_results[0].output == "ordered"
    assert "Done." not in page.answers()


async def test_what_was_heard_is_kept_by_the_session_that_lets_go():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("a", "b"), notebook, resume_token="t")
    talk.start(page)
    await page.until(page.answers)
    for text in ("one", "two", "three"):
        talk.hear(said(text))

    await talk.release("moved")

    assert [t.message for t in notebook.turns if t.role is Role.VISITOR] == ["one", "two", "three"]


async def test_a_message_without_an_answer_is_answered_once_by_whoever_goes_on():
    page, notebook = Page(), Notebook()
    before = past(agent("Hello!"), visitor("How warm is it?"), said=((1, "Hello!"),))
    talk = session(ScriptedLLM("Four degrees."), notebook, resume_token="t", past=before)

    talk.start(page, after=1)
    await page.until(lambda: page.answers() == ["Four degrees."])
    await talk.end("test")

    metadata = page.frames[0]["conversation_initiation_metadata_event"]
    final = next(f for f in page.frames if f["type"] == "agent_response")
    assert metadata["user_messages_kept"] == 1
    assert final["agent_response_event"]["event_id"] > APART
    assert [turn.message for turn in notebook.turns] == ["Four degrees."]


async def test_answers_that_the_page_missed_come_first_and_nothing_is_said_twice():
    page, notebook = Page(), Notebook()
    before = past(
        agent("Hello!"), visitor("Hi"), agent("Four."), said=((1, "Hello!"), (3, "Four."))
    )
    talk = session(ScriptedLLM("never"), notebook, resume_token="t", past=before)

    talk.start(page, after=1)
    await page.until(page.answers)
    await asyncio.sleep(0.1)
    await talk.end("test")

    assert page.answers() == ["Four."]
    assert notebook.turns == []


async def test_a_call_that_was_cut_off_is_not_made_again():
    page, notebook, tool = Page(), Notebook(), Ordering()
    torn = Turn(Role.AGENT, tool_calls=(ToolCall("c1", "order", {}),))
    before = past(visitor("Order it."), torn)
    talk = session(ScriptedLLM("I do not know."), notebook, tool, resume_token="t", past=before)

    talk.start(page)
    await page.until(page.answers)
    await talk.end("test")

    result = notebook.turns[0].tool_results[0]
    assert (result.output, result.kind, result.is_error) == (LOST, ToolKind.WEBHOOK, True)
    assert tool.orders == 0
    assert page.answers() == ["I do not know."]


async def test_a_conversation_that_stopped_before_its_greeting_is_greeted():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("x"), notebook, resume_token="t", past=past(messages=0))

    talk.start(page)
    await page.until(page.answers)
    await talk.end("test")

    assert page.answers() == ["Hello!"]


async def test_the_longest_duration_counts_from_the_first_server():
    page, notebook = Page(), Notebook()
    before = past(agent("Hello!"), said=((1, "Hello!"),), messages=0)
    talk = session(ScriptedLLM("x"), notebook, resume_token="t", past=before, longest_seconds=30.1)

    talk.start(page, after=1)
    await page.until(lambda: page.closed)

    assert page.closed == (1000, "The conversation reached its longest duration.")


async def test_a_session_whose_record_is_elsewhere_invites_its_page_to_come_back():
    for token, code in (("t", 1001), ("", 1011)):
        page, notebook = Page(), Notebook()
        talk = session(ScriptedLLM("x"), notebook, resume_token=token)
        talk.start(page)
        await page.until(page.answers)
        notebook.gone = True

        talk.hear(said("Hi"))
        await page.until(lambda page=page: page.closed)

        assert page.closed[0] == code
        assert notebook.finished == []


async def test_a_server_that_stops_finishes_the_answer_and_begins_no_other():
    class Slow:
        asks = 0

        async def answer(self, ask):
            self.asks += 1
            for word in ("one ", "two ", "three."):
                await asyncio.sleep(0.03)
                yield Said(word)

    for token in ("t", ""):
        page, notebook, llm = Page(), Notebook(), Slow()
        talk = session(llm, notebook, resume_token=token)
        talk.start(page)
        talk.hear(said("Count."))
        await page.until(lambda page=page: "agent_chat_response_part" in page.types())

        await talk.drain("stopped", "come back", 5)

        assert page.answers()[-1] == "one two three."
        assert page.closed == (1001, "come back")
        assert (notebook.released, len(notebook.finished)) == ((1, 0) if token else (0, 1))


async def test_a_message_that_cannot_be_kept_is_sent_again_by_a_client_that_comes_back():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("x"), notebook, resume_token="t")
    talk.start(page)
    await page.until(page.answers)

    notebook.broken = True
    talk.hear(said("Hi"))
    await page.until(lambda: page.closed)

    assert page.closed[0] == 1001
    assert (notebook.released, notebook.finished) == (1, [])


async def test_a_record_that_cannot_be_closed_now_is_closed_later():
    for token in ("t", ""):
        page, notebook = Page(), Notebook(shut=True)
        talk = session(ScriptedLLM("x"), notebook, resume_token=token)
        talk.start(page)
        await page.until(page.answers)

        await talk.drain("stopped", "come back", 1)
        told = page.closed
        notebook.shut = False
        assert talk.unclosed
        await talk.unclosed()

        assert told == (1001, "come back")
        assert (notebook.released, len(notebook.finished)) == ((1, 0) if token else (0, 1))


async def test_the_agent_does_not_speak_up_again_after_a_move():
    page, notebook = Page(), Notebook()
    before = past(visitor("Hi"), agent("Yes."), agent("Still there?"), said=((3, "Still there?"),))
    talk = session(
        ScriptedLLM("never"), notebook, resume_token="t", past=before, follow_up_seconds=0.03
    )

    talk.start(page, after=3)
    await asyncio.sleep(0.25)
    await talk.end("test")

    assert page.answers() == []
