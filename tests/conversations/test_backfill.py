"""The migration that makes rows for the filters out of what was there before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from dashboard.conversations.models import Analysis, Conversation, Fact, Outcome, Status, ToolRun
from dashboard.engine.turns import ToolCall, ToolKind, ToolResult, Turn, agent, visitor
from dashboard.workspaces.models import User, Workspace

from .visits import agent_of, visit

pytestmark = pytest.mark.both_profiles
SECRET = "secret__token"
USED = (
    agent("Hi!"),
    visitor("Where is order 4711?"),
    Turn(
        agent("").role,
        "Let me see.",
        tool_calls=(ToolCall("c1", "find", {"order": 4711}), ToolCall("c2", "end_call", {})),
        tool_results=(
            ToolResult("c1", "find", "Nothing", is_error=True, kind=ToolKind.WEBHOOK),
            ToolResult("c2", "end_call", "Bye", kind=ToolKind.SYSTEM),
        ),
    ),
)


def fill() -> None:
    import_module("dashboard.conversations.migrations.0003_fill_and_search").fill(apps, None)


def older(workspace: Workspace, ada: User, **told: Any) -> Conversation:
    """As an earlier version left it: nothing is written down beside it."""
    sent = {"dynamic_variables": {"plan": "pro", "age": 7, SECRET: "x"}}
    return visit(agent_of(workspace, ada), USED, initiation=sent, **told)


def test_a_judged_conversation_gets_its_rows(workspace: Workspace, ada: User) -> None:
    talk = older(workspace, ada)
    Conversation.objects.filter(pk=talk.pk).update(status=Status.DONE)
    Analysis.objects.create(
        conversation=talk,
        outcome=Outcome.FAILURE,
        verdicts=[{"id": "polite", "name": "Polite", "outcome": "success", "rationale": ""}],
        collected=[{"id": "order", "value": 4711, "rationale": ""}, {"id": "mood", "value": None}],
    )

    fill()

    talk.refresh_from_db()
    assert (talk.outcome, talk.lasted, talk.visitor_messages) == (Outcome.FAILURE, 30, 1)
    assert talk.tool_names == ["find", "end_call"]
    kept = Fact.objects.order_by("kind", "name").values_list("kind", "name", "text", "number")
    assert list(kept) == [
        ("collected", "mood", None, None),
        ("collected", "order", "4711", 4711),
        ("variable", "age", "7", 7),
        ("variable", "plan", "pro", None),
        ("verdict", "polite", "success", None),
    ]
    runs = ToolRun.objects.order_by("tool_name").values_list("tool_name", "tool_id", "is_error")
    assert list(runs) == [("end_call", "__system_end_call", False), ("find", "", True)]
    assert {run.workspace_id for run in ToolRun.objects.all()} == {workspace.pk}


def test_what_goes_on_is_left_and_what_waits_has_no_verdict_yet(
    workspace: Workspace, ada: User
) -> None:
    waits, goes_on = older(workspace, ada), older(workspace, ada)
    Conversation.objects.filter(pk=goes_on.pk).update(status=Status.IN_PROGRESS, ended_at=None)

    fill()

    waits.refresh_from_db()
    goes_on.refresh_from_db()
    assert (waits.outcome, waits.lasted) == (Outcome.UNKNOWN, 30)
    assert (goes_on.lasted, goes_on.tool_names) == (None, [])
    assert {fact.conversation_id for fact in Fact.objects.all()} == {waits.pk}
