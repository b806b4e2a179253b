"""Tools that run in the visitor's page, and tools that are only pretended."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from dashboard.agents.toolbox import toolbox_for
from dashboard.engine.turns import ToolCall, ToolKind, ToolResult
from dashboard.workspaces.models import Workspace

from .told import order, run, version


class Page:
    """A visitor's page that writes down what it is asked."""

    def __init__(self, answer: str = "done") -> None:
        self.answer = answer
        self.asked: list[tuple[ToolCall, bool, float]] = []

    async def call(self, call: ToolCall, *, expects_response: bool, timeout: float) -> ToolResult:
        self.asked.append((call, expects_response, timeout))
        return ToolResult(call.id, call.name, self.answer)


def go(**more: Any) -> dict[str, Any]:
    properties = {
        "path": {"type": "string", "description": "Where to."},
        "user": {"type": "string", "dynamic_variable": "user"},
        "pin": {"type": "string", "dynamic_variable": "secret__pin"},
    }
    parameters = {"type": "object", "properties": properties, "required": ["path"]}
    named = {"type": "client", "name": "go", "description": "Opens a page."}
    return {**named, "parameters": parameters, **more}


def test_a_client_tool_runs_in_the_page(workspace: Workspace) -> None:
    page = Page("opened")
    told = version(workspace, go(expects_response=True, response_timeout_secs=7))
    box = toolbox_for(told, client_tools=page, variables={"user": "ada", "secret__pin": "1"})

    result = run(box, ToolCall("c1", "go", {"path": "/faq", "invented": 1}))

    ((call, waits, seconds),) = page.asked
    assert (call.id, call.arguments, waits, seconds) == (
        "c1",
        {"path": "/faq", "user": "ada"},
        True,
        7.0,
    )
    assert result == ToolResult("c1", "go", "opened", kind=ToolKind.CLIENT)


def test_a_client_tool_without_its_argument_does_not_reach_the_page(workspace: Workspace) -> None:
    page = Page()

    result = run(toolbox_for(version(workspace, go()), client_tools=page), ToolCall("c1", "go"))

    assert result.output == "Not called: path is missing."
    assert page.asked == []


def test_without_a_page_a_client_tool_counts_as_called(workspace: Workspace) -> None:
    result = run(toolbox_for(version(workspace, go())), ToolCall("c1", "go", {"path": "/faq"}))

    assert (result.output, result.is_error) == ("Tool Called.", False)


def test_a_mock_answers_instead_of_the_tool(workspace: Workspace) -> None:
    box = toolbox_for(version(workspace, order("YOUR SECRET")), mocks={"order": "sent"})

    assert run(box) == ToolResult("c1", "order", "sent")


def test_a_tool_that_breaks_down_is_an_answer_and_logs_no_words(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Page):
        async def call(
            self, call: ToolCall, *, expects_response: bool, timeout: float
        ) -> ToolResult:
            raise RuntimeError(f"no page for {call.arguments}")

    box = toolbox_for(version(workspace, go()), client_tools=Broken())

    with caplog.at_level(logging.DEBUG):
        result = run(box, ToolCall("c1", "go", {"path": "/private"}))

    assert (result.output, result.is_error) == ("The tool failed.", True)
    assert "go broke down: RuntimeError" in caplog.text
    assert "/private" not in caplog.text
