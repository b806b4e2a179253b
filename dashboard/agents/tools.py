"""Make a shared tool, change it, take it away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dashboard.workspaces import audit
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed
from dashboard.workspaces.models import Workspace

from .documents import Unfit, checked
from .documents.document import JSON, size_of
from .documents.request_headers import header_value
from .documents.tools import ResponseMock, config_of
from .holding import all_held, held
from .models import Agent, Needed, Tool
from .needs import dependents
from .revising import revise
from .tool_dialect import in_rest_form
from .tool_needs import note_needs

KINDS = ("webhook", "client", "system", "mcp", "api_integration_webhook", "smb")
LARGEST = 500_000  # bytes of one tool, its mocks included
LONGEST_URL = 5_000
MOST_MOCKS = 100
_ADDRESS = re.compile(r"(https?://[^\s/?#]|\{\{)\S*", re.IGNORECASE | re.DOTALL)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}")


@dataclass(frozen=True)
class InUse:
    """Why a tool was not taken away."""

    agents: int

    def __str__(self) -> str:
        agents = "1 agent uses it" if self.agents == 1 else f"{self.agents} agents use it"
        return f"{agents}. Remove it there first, or delete it with ?force=true."


@in_one_deed
def create(
    workspace: Workspace, by: By, config: Mapping[str, Any], mocks: Sequence[Any] = ()
) -> Tool:
    """A new tool. Raises Unfit when its document breaks the contract."""
    fit, fit_mocks = _fit(config), _fit_mocks(mocks)
    tool = Tool.objects.create(
        workspace=workspace,
        made_by=audit.actor(by).user,
        kind=fit["type"],
        name=fit["name"],
        config=fit,
        response_mocks=fit_mocks,
    )
    note_needs(tool)
    audit.record(workspace, by, "tool.created", tool, after=_audited(tool))
    return tool


@in_one_deed
def change(
    tool: Tool, by: By, config: Mapping[str, Any] | None = None, mocks: Sequence[Any] | None = None
) -> Tool:
    """Replace its document, its mocks, or both; what is None stays.

    Raises Unfit, and Tool.DoesNotExist when it was taken away meanwhile.
    """
    fit = None if config is None else _fit(config)
    fit_mocks = None if mocks is None else _fit_mocks(mocks)
    tool = Tool.objects.select_for_update().get(pk=tool.pk)
    before = _audited(tool)
    if fit is not None:
        tool.config, tool.kind, tool.name = fit, fit["type"], fit["name"]
    if fit_mocks is not None:
        tool.response_mocks = fit_mocks
    if _audited(tool) == before:
        return tool
    tool.updated_at = timezone.now()
    tool.save(update_fields=["config", "kind", "name", "response_mocks", "updated_at"])
    note_needs(tool)
    audit.record(tool.workspace, by, "tool.changed", tool, before=before, after=_audited(tool))
    return tool


@in_one_deed
def delete(tool: Tool, by: By, *, force: bool = False) -> InUse | None:
    """Take it away, unless agents use it. With `force` they lose it, each by a new version."""
    users_of_it = dependents(tool.workspace, Needed.TOOL, tool.pk)
    for agent in all_held(users_of_it) if force else ():
        detach(agent, tool.pk, by)
    locked = Tool.objects.select_for_update().filter(pk=tool.pk).first()
    if locked is None:  # somebody was faster
        return None
    if not force and (users := users_of_it.count()):
        return InUse(users)
    audit.record(tool.workspace, by, "tool.deleted", tool, before=_audited(tool))
    locked.delete()
    return None


@in_one_deed
def attach(agent: Agent, tool: Tool, by: By) -> None:
    """Let an agent use a tool. Raises Unfit."""
    named = _tool_ids(held(agent))
    if tool.pk not in named:
        _tell(agent, [*named, tool.pk], by, f"Tool {tool.name} added")


@in_one_deed
def detach(agent: Agent, tool_id: str, by: By) -> None:
    """Take a tool away from an agent, also one that is not there any more."""
    named = _tool_ids(held(agent))
    if tool_id in named:
        _tell(agent, [one for one in named if one != tool_id], by, f"Tool {tool_id} removed")


def _tool_ids(agent: Agent) -> list[str]:
    named = agent.told.part("agent", "prompt", "tool_ids")
    return list(named) if isinstance(named, list) else []


def _tell(agent: Agent, tool_ids: list[str], by: By, note: str) -> None:
    change = {"conversation_config": {"agent": {"prompt": {"tool_ids": tool_ids}}}}
    revise(agent, change, by, note)


def _audited(tool: Tool) -> JSON:
    return {"tool_config": tool.config, "response_mocks": tool.response_mocks}


# --- What a tool has to look like ------------------------------------------------------------


def _fit(sent: Mapping[str, Any]) -> JSON:
    """The document in the REST form, as it may be kept."""
    place = "tool_config"
    config: JSON = in_rest_form(sent, place)
    _bounded(config, place)
    if config.get("type") not in KINDS:
        message = f"Input should be one of: {', '.join(KINDS)}"
        raise _unfit((place, "type"), message, "missing" if "type" not in config else "enum")
    whole = checked(config_of(config), config, place)
    if config["type"] == "system":  # older clients leave out which one it is
        config["params"] = {**(config.get("params") or {}), **whole.model_dump()["params"]}
    api = config.get("api_schema")
    if isinstance(api, dict):
        _fit_address(api, place)
        _fit_headers(api.get("request_headers") or {}, place)
    return config


def _fit_address(api: JSON, place: str) -> None:
    url = api.get("url")
    if not isinstance(url, str) or len(url) > LONGEST_URL or not _ADDRESS.fullmatch(url.strip()):
        message = "Input should be an address that starts with https:// or http://"
        raise _unfit((place, "api_schema", "url"), message, "url_parsing")


def _fit_headers(headers: Any, place: str) -> None:
    for name, value in headers.items() if isinstance(headers, dict) else ():
        here = (place, "api_schema", "request_headers", name[:200])
        if not _HEADER.fullmatch(name):
            raise _unfit(here, "This is not the name of a header", "value_error")
        try:
            header_value(value)
        except ValueError as trouble:
            raise _unfit(here, str(trouble), "value_error") from None


def _fit_mocks(sent: Sequence[Any]) -> list[JSON]:
    if len(sent) > MOST_MOCKS:
        raise _unfit(("response_mocks",), f"At most {MOST_MOCKS} mocks", "too_long")
    _bounded(sent, "response_mocks")
    for number, mock in enumerate(sent):
        checked(ResponseMock, mock, "response_mocks", number)
    return list(sent)


def _bounded(part: Any, place: str) -> None:
    if size_of(part) > LARGEST:
        raise _unfit((place,), f"A tool should have at most {LARGEST:,} bytes of JSON", "too_long")


def _unfit(place: Sequence[str | int], message: str, kind: str) -> Unfit:
    return Unfit([{"loc": [*place], "msg": message, "type": kind}])
