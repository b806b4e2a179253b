"""An agent's tools, runnable: the document's tools, the vault's secrets, the visitor's page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection

from dashboard.engine.turns import ToolCall, ToolKind, ToolResult, ToolSpec
from dashboard.engine.variables import MissingVariable, UnfitVariable, Value
from dashboard.providers import webhook_tool
from dashboard.providers.tool_fields import Misfit, filled
from dashboard.workspaces import ids, vault
from dashboard.workspaces.models import Secret

from .models import AgentVersion
from .models import Tool as SharedTool
from .tool_documents import ClientTool, Tool, WebhookTool, tools_of
from .tool_headers import filled_headers, secret_variables
from .tool_variables import assigned_by

log = logging.getLogger(__name__)

CALLED = "Tool Called."
BROKEN = "The tool failed."

Values = Mapping[str, Value | None]


class ClientTools(Protocol):
    """Functions in the visitor's page."""

    async def call(
        self,
        call: ToolCall,
        *,
        expects_response: bool,
        timeout: float,
    ) -> ToolResult:
        """Ask the page. `timeout`: seconds; without an expected response nobody waits."""
        ...


class NoPage:
    """Nobody has a page open: every function counts as called (contract rest.md §11.1)."""

    async def call(
        self,
        call: ToolCall,
        *,
        expects_response: bool,
        timeout: float,
    ) -> ToolResult:
        return ToolResult(call.id, call.name, CALLED)


@dataclass(frozen=True)
class AgentToolbox:
    """Never raises: whatever goes wrong is a result that the model can read.

    `mocks`: what a tool answers, by name, instead of being run. `allow`: the hosts and networks
    that the operator has opened for tools. `assigned`: variables that tools' answers may set.
    """

    tools: Mapping[str, Tool]
    workspace_id: str
    client_tools: ClientTools = field(default_factory=NoPage)
    variables: Values = field(default_factory=dict)
    mocks: Mapping[str, str] = field(default_factory=dict)
    allow: Sequence[str] = ()
    troubles: tuple[str, ...] = ()
    assigned: frozenset[str] = frozenset()
    clock: Callable[[], float] = time.monotonic

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return [tool.spec for tool in self.tools.values()]

    @property
    def real(self) -> list[Tool]:
        """Those that are run when they are called."""
        return [tool for name, tool in self.tools.items() if name not in self.mocks]

    def unresolved(self) -> list[str]:
        """A sentence for each thing that will not work until the owner mends it."""
        return list(self.troubles)

    async def run(self, call: ToolCall) -> ToolResult:
        tool = self.tools.get(call.name)
        tool_id = tool.spec.tool_id if tool else ""
        if call.name in self.mocks:
            return ToolResult(call.id, call.name, self.mocks[call.name], tool_id=tool_id)
        since = self.clock()
        result = await self._run(call)
        return replace(result, tool_id=tool_id, seconds=self.clock() - since)

    async def _run(self, call: ToolCall) -> ToolResult:
        try:
            match self.tools.get(call.name):
                case WebhookTool() as tool:
                    return await self._call_out(tool, call)
                case ClientTool() as tool:
                    return await self._call_page(tool, call)
        except Misfit as misfit:
            return _failed(call, f"Not called: {misfit}")
        except MissingVariable as missing:
            return _failed(call, f"Not called: the variable {missing.name} has no value.")
        except UnfitVariable as unfit:
            return _failed(call, f"Not called: {unfit}")
        except Exception as error:
            # One tool's breakdown must not end the answer. The error's own words may hold
            # arguments or secrets, so only its kind is logged.
            log.error("tool %s broke down: %s", call.name, type(error).__name__)
            return _failed(call, BROKEN)
        return _failed(call, f"There is no tool named {call.name}.")

    async def _call_page(self, tool: ClientTool, call: ToolCall) -> ToolResult:
        arguments: Mapping[str, Any] = call.arguments
        if tool.parameters is not None:
            arguments = filled(tool.parameters, call.arguments, self._values(tool), "")
        full = replace(call, arguments=arguments)
        result = await self.client_tools.call(
            full, expects_response=tool.expects_response, timeout=tool.timeout
        )
        return replace(result, kind=ToolKind.CLIENT)

    async def _call_out(self, tool: WebhookTool, call: ToolCall) -> ToolResult:
        revealed: dict[str, str] = {}
        if tool.secret_ids:
            revealed = await sync_to_async(_reveal)(self.workspace_id, tool)
        values = self._values(tool)
        request = webhook_tool.WebhookCall(
            method=tool.method,
            url=tool.url,
            path=tool.path,
            query=tool.query,
            body=tool.body,
            form=tool.form,
            headers=filled_headers(tool, revealed, values),
            arguments=call.arguments,
            names=tool.names,
            values=values,
            secrets=[*revealed.values(), *secret_variables(tool, values)],
            timeout=tool.timeout,
            follow_redirects=tool.follow_redirects,
        )
        heard = await webhook_tool.call(request, self.allow)
        output = _told(tool, heard) if heard.is_error else heard.text
        return ToolResult(call.id, call.name, output, heard.is_error, kind=ToolKind.WEBHOOK)

    def _values(self, tool: ClientTool | WebhookTool) -> Values:
        return {**tool.defaults, **self.variables}


def toolbox_for(
    version: AgentVersion,
    *,
    client_tools: ClientTools | None = None,
    variables: Values | None = None,
    mocks: Mapping[str, str] | None = None,
    told: Mapping[str, Any] | None = None,
) -> AgentToolbox:
    """Everything this version may use. Reads the database, so not for an event loop.

    `told`: the conversation config that holds for one conversation, where it is not the version's.
    """
    workspace_id = version.agent.workspace_id
    config = version.conversation_config if told is None else told
    prompt = _part(_part(config, "agent"), "prompt")
    shared, missing_tools = _shared(workspace_id, prompt.get("tool_ids"))
    found = tools_of(config, shared)
    tools = {tool.spec.name: tool for tool in found.tools}
    missing = _missing_secrets(workspace_id, [t for t in found.tools if isinstance(t, WebhookTool)])
    return AgentToolbox(
        tools,
        workspace_id,
        client_tools or NoPage(),
        variables or {},
        mocks or {},
        tuple(settings.EGRESS_ALLOW),
        (*found.troubles, *missing_tools, *missing),
        assigned_by([*_inline(prompt), *shared.values()]),
    )


def _inline(prompt: Mapping[str, Any]) -> list[Any]:
    inline = prompt.get("tools")
    return inline if isinstance(inline, list) else []


def _part(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = tree.get(name)
    return part if isinstance(part, Mapping) else {}


def _shared(workspace_id: str, named: Any) -> tuple[dict[str, Any], list[str]]:
    """The workspace's tools that an agent names by id, and a sentence for each one missing."""
    wanted = list(dict.fromkeys(map(str, named))) if isinstance(named, list) else []
    could_be = [tool_id for tool_id in wanted if ids.is_id(tool_id)]
    if not could_be:
        there: dict[str, Any] = {}
    else:
        rows = SharedTool.objects.filter(workspace_id=workspace_id, pk__in=could_be)
        there = dict(rows.values_list("pk", "config"))
    return (
        {tool_id: there[tool_id] for tool_id in wanted if tool_id in there},
        [
            f"The tool {tool_id} cannot be used: this workspace has no such tool."
            for tool_id in wanted
            if tool_id not in there
        ],
    )


def _missing_secrets(workspace_id: str, tools: Sequence[WebhookTool]) -> list[str]:
    wanted = {secret_id for tool in tools for secret_id in tool.secret_ids.values()}
    there = set(_secrets(workspace_id, wanted)) if wanted else set()
    return [
        f"The tool {tool.spec.name} cannot be used: {_no_secret(header, secret_id)}"
        for tool in tools
        for header, secret_id in tool.secret_ids.items()
        if secret_id not in there
    ]


def _no_secret(header: str, secret_id: str) -> str:
    return f"its header {header} names the secret {secret_id}, which this workspace does not have."


def _secrets(workspace_id: str, ids: set[str]) -> dict[str, Secret]:
    return Secret.objects.filter(workspace_id=workspace_id).in_bulk(ids)


def _reveal(workspace_id: str, tool: WebhookTool) -> dict[str, str]:
    """The values of the secret headers, read for this one call. Raises Misfit."""
    # The event loop's thread outlives requests: nobody else gives its connection back, or leaves
    # a dead one. Inside a transaction it is the caller's.
    borrowed = not connection.in_atomic_block
    if borrowed:
        close_old_connections()
    try:
        rows = _secrets(workspace_id, set(tool.secret_ids.values()))
    finally:
        if borrowed:
            close_old_connections()
    return {
        header: _opened(header, secret_id, rows) for header, secret_id in tool.secret_ids.items()
    }


def _opened(header: str, secret_id: str, rows: Mapping[str, Secret]) -> str:
    if secret_id not in rows:
        raise Misfit(_no_secret(header, secret_id))
    try:
        return vault.reveal(rows[secret_id]).strip()
    except vault.Unreadable:
        raise Misfit(f"the secret {secret_id} cannot be opened; store it again.") from None


def _told(tool: WebhookTool, heard: webhook_tool.Heard) -> str:
    """What the model hears of a failed call: as much as the owner wants it to."""
    match tool.on_error:
        case "hide":
            return BROKEN
        case "summarized" if heard.status:
            return f"{BROKEN} (HTTP {heard.status})"
    return heard.text


def _failed(call: ToolCall, output: str) -> ToolResult:
    return ToolResult(call.id, call.name, output, is_error=True)
