"""Who needs what: the secrets that a tool names, and how many agents name a tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Count

from dashboard.workspaces import ids
from dashboard.workspaces.models import Workspace

from .models import Need, Needed, Tool
from .needs import needs_for, needs_of


def secrets_of(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The headers of a tool document that take a secret, and its id or what stands in for one."""
    api = config.get("api_schema")
    headers = api.get("request_headers") if isinstance(api, Mapping) else None
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        if isinstance(value, Mapping) and isinstance(value.get("secret_id"), str):
            yield name, value["secret_id"]


def note_needs(tool: Tool) -> None:
    """Write down what the tool needs now. Inside the transaction that changes the tool."""
    named = {name for kind, name in needs_of(tool.config) if kind is Needed.SECRET}
    tool.needs.all().delete()
    Need.objects.bulk_create(
        Need(workspace_id=tool.workspace_id, tool=tool, kind=Needed.SECRET, named_id=secret_id)
        for secret_id in sorted(named)
    )


def unresolved(workspace: Workspace, tools: Sequence[Tool]) -> dict[str, list[dict[str, str]]]:
    """By tool: the headers whose secret this workspace does not have. One query for all."""
    wanted = {tool.pk: list(secrets_of(tool.config)) for tool in tools}
    could_be = {secret for pairs in wanted.values() for _, secret in pairs if ids.is_id(secret)}
    there = set(workspace.secrets.filter(pk__in=could_be).values_list("pk", flat=True))
    return {
        tool_id: [
            {"header": header, "secret_id": secret, "message": _no_secret(header, secret)}
            for header, secret in pairs
            if secret not in there
        ]
        for tool_id, pairs in wanted.items()
    }


def _no_secret(header: str, secret_id: str) -> str:
    if not secret_id:
        return f"No secret is chosen for the header {header}."
    return f"The header {header} names the secret {secret_id}, which this workspace does not have."


def counted_users(workspace: Workspace, tool_ids: Iterable[str]) -> dict[str, int]:
    """How many living agents use each of these tools, in one query."""
    needs = needs_for(workspace, Needed.TOOL, tool_ids)
    return dict(needs.order_by().values_list("named_id").annotate(Count("agent")))


def tools_of_agent(workspace: Workspace, agent_id: str) -> Any:
    """The ids of the tools that an agent names."""
    return Need.objects.filter(
        workspace=workspace, kind=Needed.TOOL, agent_id=agent_id, agent__deleted_at=None
    ).values("named_id")
