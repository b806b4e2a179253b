"""Agents that were told about tools, and a quick way to run one."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync

from dashboard.agents.models import Agent, AgentVersion
from dashboard.agents.toolbox import AgentToolbox
from dashboard.engine.turns import ToolCall, ToolResult
from dashboard.workspaces.models import Workspace

ORDER = ToolCall("c1", "order", {"id": "4417"})


def version(workspace: Workspace, *tools: Any, **prompt: Any) -> AgentVersion:
    agent = Agent.objects.create(workspace=workspace, name="Harbour Helper")
    config = {"agent": {"prompt": {"tools": list(tools), **prompt}}}
    return AgentVersion.objects.create(agent=agent, number=1, conversation_config=config)


def order(secret_id: str = "", url: str = "http://shop.example", **more: Any) -> dict[str, Any]:
    api: dict[str, Any] = {
        "url": f"{url}/orders/{{id}}",
        "path_params_schema": {"id": {"type": "string", "description": "On the receipt."}},
        "request_headers": {"Authorization": {"secret_id": secret_id}} if secret_id else {},
    }
    name = {"type": "webhook", "name": "order", "description": "Finds an order."}
    return {**name, "api_schema": {**api, **more.pop("api", {})}, **more}


def run(box: AgentToolbox, call: ToolCall = ORDER) -> ToolResult:
    return async_to_sync(box.run)(call)
