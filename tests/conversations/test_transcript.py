"""What the record says of tools: only what ran has been called."""

from __future__ import annotations

from dashboard.conversations.documents import conversation_document
from dashboard.engine.turns import Role, ToolCall, ToolKind, ToolResult, Turn
from dashboard.workspaces.models import User, Workspace

from .visits import agent_of, visit


def test_a_call_that_nobody_waited_for_has_not_been_made(workspace: Workspace, ada: User):
    call = ToolCall("c1", "end_call", {"reason": "done"})
    result = ToolResult("c1", "end_call", "Not run.", unanswered=True, kind=ToolKind.SYSTEM)
    turns = (Turn(Role.AGENT, "Bye", (call,)), Turn(Role.AGENT, tool_results=(result,)))

    document = conversation_document(visit(agent_of(workspace, ada), turns))

    told = document["transcript"][-1]["tool_results"][0]
    assert told["tool_has_been_called"] is False
    assert told["result"] is None
