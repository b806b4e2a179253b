"""Functions in the visitor's page: asked by a frame, answered by one, late, twice or never."""

from __future__ import annotations

import asyncio

from dashboard.engine.turns import ToolCall, ToolKind, ToolResult, ToolSpec
from dashboard.live import wire
from dashboard.live.client_tools import PageTools
from dashboard.providers.llms.scripted import ScriptedLLM

from .cast import Notebook, Page, said, session


class Asking:
    """One client tool, run through the page."""

    specs = (ToolSpec("cart", kind=ToolKind.CLIENT),)

    def __init__(self, page_tools: PageTools, seconds: float = 5) -> None:
        self.page_tools, self.seconds = page_tools, seconds

    async def run(self, call: ToolCall) -> ToolResult:
        return await self.page_tools.call(call, expects_response=True, timeout=self.seconds)


async def test_a_client_tool_runs_in_the_page_and_its_result_goes_back():
    tools = PageTools()
    llm = ScriptedLLM(ToolCall("c1", "cart", {"n": 1}), "Two things.")
    page, notebook = Page(), Notebook()
    talk = session(llm, notebook, Asking(tools), tools)
    talk.start(page)

    talk.hear(said("What is in my cart?"))
    await page.until(lambda: "client_tool_call" in page.types())
    talk.hear_result(wire.ClientToolResult("c1", "beans, filter", False))
    talk.hear_result(wire.ClientToolResult("c1", "again", False))
    await page.until(lambda: "Two things." in page.answers())
    talk.hear_result(wire.ClientToolResult("c1", "late", False))
    await talk.end("test")

    assert llm.heard[1][-1].tool_results[0].output == "beans, filter"
    asked = next(f for f in page.frames if f["type"] == "client_tool_call")["client_tool_call"]
    assert asked["parameters"] == {"n": 1}
    assert "agent_tool_response" in page.types()


async def test_a_page_that_never_answers_becomes_a_tool_error():
    tools = PageTools()
    llm = ScriptedLLM(ToolCall("c1", "cart"), "I could not look.")
    page = Page()
    talk = session(llm, Notebook(), Asking(tools, 0.05), tools)
    talk.start(page)

    talk.hear(said("My cart?"))
    await page.until(lambda: "I could not look." in page.answers())
    await talk.end("test")

    assert llm.heard[1][-1].tool_results[0].is_error


async def test_a_page_that_was_away_is_asked_when_it_is_back():
    tools = PageTools()
    llm = ScriptedLLM(ToolCall("c1", "cart"), "Two things.", pause=0.1)
    first, second = Page(), Page()
    talk = session(llm, Notebook(), Asking(tools), tools, resume_token="t")
    talk.start(first)
    await first.until(first.answers)
    talk.hear(said("My cart?"))
    talk.leave(first, clean=False)
    await asyncio.sleep(0.3)

    talk.come_back(second, after=1)
    await second.until(lambda: "client_tool_call" in second.types())
    talk.hear_result(wire.ClientToolResult("c1", "beans, filter", False))
    await second.until(lambda: "Two things." in second.answers())
    await talk.end("test")

    assert second.types().count("client_tool_call") == 1
    assert "client_tool_call" not in first.types()


async def test_the_end_does_not_wait_for_the_page():
    tools = PageTools()
    page, notebook = Page(), Notebook()
    talk = session(ScriptedLLM(ToolCall("c1", "cart"), "x"), notebook, Asking(tools, 60), tools)
    talk.start(page)
    talk.hear(said("My cart?"))
    await page.until(lambda: "client_tool_call" in page.types())

    async with asyncio.timeout(3):
        await talk.end("test")

    assert notebook.turns[-1].tool_results[0].is_error
