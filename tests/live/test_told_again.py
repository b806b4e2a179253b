"""Functions in the page across a move: told again under the same id, and waited for by nobody."""

from __future__ import annotations

import asyncio

from dashboard.engine.turns import Role, ToolCall, Turn, visitor
from dashboard.live.client_tools import PageTools
from dashboard.live.wire import ClientToolResult
from dashboard.providers.llms.scripted import ScriptedLLM

from .cast import Notebook, Page, said, session
from .test_client_tools import Asking
from .test_hand_over import past


async def test_a_call_that_waits_for_its_page_is_told_again_to_the_page_that_comes_back():
    tools, notebook = PageTools(), Notebook()
    first, second = Page(), Page()
    llm = ScriptedLLM(ToolCall("c1", "cart", {}), "Beans.")
    talk = session(llm, notebook, Asking(tools, 5), tools, resume_token="t")
    talk.start(first)
    talk.hear(said("Cart?"))
    await first.until(lambda: "client_tool_call" in first.types())

    talk.leave(first, clean=False)
    talk.come_back(second, after=1)
    await second.until(lambda: "client_tool_call" in second.types())
    talk.hear_result(ClientToolResult("c1", "beans", False))
    await second.until(second.answers)
    await talk.end("test")

    calls = [f["client_tool_call"] for f in first.frames + second.frames if "client_tool_call" in f]
    assert calls[0] == calls[1]
    assert second.answers() == ["Beans."]


async def test_a_page_that_was_asked_by_another_process_is_told_again_and_answers():
    tools, notebook, page = PageTools(), Notebook(), Page()
    asked = Turn(Role.AGENT, tool_calls=(ToolCall("c1", "cart", {"n": 1}),))
    before = past(visitor("Cart?"), asked)
    talk = session(
        ScriptedLLM("Beans."), notebook, Asking(tools, 5), tools, resume_token="t", past=before
    )

    talk.start(page)
    await page.until(lambda: "client_tool_call" in page.types())
    talk.hear_result(ClientToolResult("c1", "beans", False))
    await page.until(page.answers)
    await talk.end("test")

    call = next(f["client_tool_call"] for f in page.frames if "client_tool_call" in f)
    assert (call["tool_call_id"], call["parameters"]) == ("c1", {"n": 1})
    assert notebook.turns[0].tool_results[0].output == "beans"
    assert page.answers() == ["Beans."]


async def test_a_page_that_is_still_asked_keeps_nobody_from_letting_go():
    tools, notebook, page = PageTools(), Notebook(), Page()
    llm = ScriptedLLM(ToolCall("c1", "cart", {}), "never")
    talk = session(llm, notebook, Asking(tools, 60), tools, resume_token="t")
    talk.start(page)
    talk.hear(said("Cart?"))
    await page.until(lambda: "client_tool_call" in page.types())

    async with asyncio.timeout(2):
        await talk.release("moved")

    assert notebook.released == 1
    assert notebook.turns[-1].tool_calls
