"""The first message waits for a client that hears: a busy one drops what comes too early."""

from __future__ import annotations

from dashboard.live import wire
from dashboard.providers.llms.scripted import ScriptedLLM

from .cast import Notebook, Page, said, session


def pings(page: Page) -> list[int]:
    return [f["ping_event"]["event_id"] for f in page.frames if f["type"] == "ping"]


async def test_an_sdk_is_greeted_when_it_has_answered_a_ping():
    page = Page()
    talk = session(ScriptedLLM("Fine."), Notebook(), answers_pings=True)

    talk.start(page)
    await page.until(lambda: len(pings(page)) == 3)
    too_early = page.answers()
    talk.hear_pong(wire.Pong(pings(page)[-1]))
    await page.until(page.answers)
    await talk.end("test")

    assert too_early == []
    assert page.answers() == ["Hello!"]


async def test_an_sdk_that_says_something_has_shown_that_it_hears():
    page = Page()
    talk = session(ScriptedLLM("Fine."), Notebook(), answers_pings=True)

    talk.start(page)
    talk.hear(said("Hi"))
    await page.until(lambda: len(page.answers()) == 2)
    await talk.end("test")

    assert page.answers() == ["Hello!", "Fine."]
    assert pings(page) == []


async def test_a_client_that_leaves_before_it_hears_is_not_waited_for():
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM("Fine."), notebook, answers_pings=True)

    talk.start(page)
    await page.until(lambda: len(pings(page)) == 1)
    talk.leave(page, clean=True)
    await notebook.closed.wait()

    assert [reason for reason, _ in notebook.finished] == ["The visitor left."]
    assert page.answers() == []
