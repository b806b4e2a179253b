"""Which agents read a document, and how one is taken away from them and from the workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from dashboard.knowledge.keeping import remove
from dashboard.knowledge.models import KnowledgeDocument
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed
from dashboard.workspaces.models import Workspace

from .holding import all_held
from .models import Agent, Needed
from .needs import dependents, needs_for
from .revising import revise

MOST_SHOWN = 1_000  # agents beside the documents of one page of a list
_LISTS = ("knowledge_base", "additional_knowledge_base")


class InUse(Exception):
    """Agents read it; nothing was done."""

    def __init__(self, agents: list[Agent]) -> None:
        super().__init__(f"{len(agents)} agents read it")
        self.agents = agents


class NotEmpty(Exception):
    """A folder with something in it; nothing was done."""


def readers_by_document(
    workspace: Workspace, document_ids: Collection[str]
) -> dict[str, list[Agent]]:
    """For a page of a list, in one query."""
    needs = needs_for(workspace, Needed.DOCUMENT, document_ids)
    found: dict[str, list[Agent]] = defaultdict(list)
    for need in needs.select_related("agent").order_by("agent__name", "id")[:MOST_SHOWN]:
        if need.agent is not None:
            found[need.named_id].append(need.agent)
    return found


@in_one_deed
def forget(document: KnowledgeDocument, by: By, *, force: bool = False) -> None:
    """Delete a document, or a folder with everything in it.

    Raises InUse or NotEmpty, unless `force`: then the agents that read it are told to do without.
    """
    inside: list[str] = []
    if document.is_folder:
        if not force:  # held, so that it is still empty when it goes
            KnowledgeDocument.objects.select_for_update().filter(pk=document.pk).first()
        inside = list(KnowledgeDocument.objects.under(document).values_list("pk", flat=True))
        if inside and not force:
            raise NotEmpty
    gone = {document.pk, *inside}
    readers = dependents(document.workspace, Needed.DOCUMENT, *gone)
    if not force and (named := list(readers.order_by("name"))):
        raise InUse(named)
    for agent in all_held(readers):
        _leave_out(agent, gone, by, f"{document.name} was deleted")
    remove(document, by)


def _leave_out(agent: Agent, gone: Collection[str], by: By, note: str) -> None:
    told = agent.told
    change: dict[str, Any] = {}
    if config := _without(told.conversation_config, gone):
        change["conversation_config"] = config
    if workflow := _without(told.workflow or {}, gone):
        change["workflow"] = {**(told.workflow or {}), **_whole(told.workflow or {}, workflow)}
    if change:
        revise(agent, change, by, note=note)


def _without(part: Mapping[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """The change that leaves these documents out, wherever they are named; empty if nowhere."""
    change: dict[str, Any] = {}
    for name, value in part.items():
        if name in _LISTS and isinstance(value, list):
            kept = [one for one in value if not _names(one, gone)]
            if len(kept) < len(value):
                change[name] = kept
        elif isinstance(value, Mapping) and (inner := _without(value, gone)):
            change[name] = inner
    return change


def _whole(part: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A workflow is replaced, not merged: the change with all that stays as it is."""
    return {
        name: {**part[name], **_whole(part[name], value)} if isinstance(value, Mapping) else value
        for name, value in change.items()
    }


def _names(locator: Any, gone: Collection[str]) -> bool:
    return isinstance(locator, Mapping) and locator.get("id") in gone
