"""Shared tools in a toolbox: found by id, timed, and reported when they are missing."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.agents import tools
from dashboard.agents.models import Tool
from dashboard.agents.toolbox import AgentToolbox, toolbox_for
from dashboard.engine.turns import ToolCall, ToolResult
from dashboard.workspaces.models import User, Workspace

from .told import ORDER, order, run, version

pytestmark = pytest.mark.both_profiles
GO = {
    "type": "client",
    "name": "go",
    "description": "Opens a page.",
    "parameters": [{"id": "path", "type": "string", "required": True}],
}


@pytest.fixture
def shared(workspace: Workspace, ada: User) -> Tool:
    return tools.create(workspace, ada, order(url="https://shop.example"))


def test_a_tool_that_is_named_by_its_id_can_be_used(workspace: Workspace, shared: Tool) -> None:
    box = toolbox_for(version(workspace, tool_ids=[shared.pk]))

    assert [(spec.name, spec.tool_id) for spec in box.specs] == [("order", shared.pk)]
    assert box.unresolved() == []


def test_of_one_name_the_agents_own_tool_counts(workspace: Workspace, shared: Tool) -> None:
    own = order(url="https://own.example", description="Mine.")

    box = toolbox_for(version(workspace, own, tool_ids=[shared.pk, shared.pk]))

    assert [(spec.description, spec.tool_id) for spec in box.specs] == [("Mine.", "")]


def test_what_is_not_in_the_workspace_is_reported(
    workspace: Workspace, ada: User, cleo: User
) -> None:
    hers = tools.create(cleo.memberships.get().workspace, cleo, order(url="https://x.example"))
    named: list[Any] = [hers.pk, "tool_gone", "no id at all", 7]

    box = toolbox_for(version(workspace, tool_ids=named))

    assert box.specs == []
    assert len(box.unresolved()) == 4
    assert hers.pk in box.unresolved()[0]


def test_a_tool_without_its_secret_is_reported(workspace: Workspace, ada: User) -> None:
    tool = tools.create(workspace, ada, order("YOUR SECRET", "https://shop.example"))

    box = toolbox_for(version(workspace, tool_ids=[tool.pk]))
    result = run(box)

    assert "YOUR SECRET" in box.unresolved()[0]
    assert (result.is_error, result.tool_id) == (True, tool.pk)
    assert "does not have" in result.output


def test_an_inline_tool_may_be_in_the_list_form(workspace: Workspace) -> None:
    box = toolbox_for(version(workspace, GO))

    assert box.specs[0].parameters["required"] == ["path"]


def test_a_call_is_timed_and_carries_the_tools_id(workspace: Workspace, ada: User) -> None:
    tool = tools.create(workspace, ada, GO)
    made = toolbox_for(version(workspace, tool_ids=[tool.pk]))
    ticks = count(0.0, 2.5)
    box = AgentToolbox(made.tools, workspace.pk, clock=lambda: next(ticks))

    result = run(box, ToolCall("c1", "go", {"path": "/faq"}))

    assert (result.tool_id, result.seconds, result.output) == (tool.pk, 2.5, "Tool Called.")


def test_a_mock_answers_for_a_shared_tool(workspace: Workspace, shared: Tool) -> None:
    box = toolbox_for(version(workspace, tool_ids=[shared.pk]), mocks={"order": "sent"})

    result: ToolResult = async_to_sync(box.run)(ORDER)

    assert (result.output, result.tool_id) == ("sent", shared.pk)


def test_ten_shared_tools_cost_one_query(workspace: Workspace, ada: User) -> None:
    made = [tools.create(workspace, ada, {**GO, "name": f"go_{n}"}) for n in range(10)]
    told = version(workspace, tool_ids=[tool.pk for tool in made])

    with CaptureQueriesContext(
        connection,
    ) as queries:
        box = toolbox_for(told)

    assert (len(box.specs), len(queries)) == (10, 1)
