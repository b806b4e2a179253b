"""What an agent names by id as it is told today: tools, documents, secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from dashboard.workspaces.models import Workspace

from .models import Agent, AgentQuerySet, AgentVersion, Need, Needed

LONGEST_ID = 64
_LISTS_OF_TOOLS = ("tool_ids", "additional_tool_ids")
_LISTS_OF_DOCUMENTS = ("knowledge_base", "additional_knowledge_base")
_NOT_OURS = "dynamic_variable_placeholders"  # values for visitors; a name there means nothing here


def needs_of(document: Any) -> set[tuple[Needed, str]]:
    """Everything that a document names, on whatever level, whether or not it is there."""
    return {(kind, name) for kind, name in _named(document) if 0 < len(name) <= LONGEST_ID}


def _named(document: Any) -> Iterator[tuple[Needed, str]]:
    left = [document]
    while left:  # no recursion: what was stored may be deep
        part = left.pop()
        if isinstance(part, list):
            left.extend(part)
        if not isinstance(part, Mapping):
            continue
        left.extend(value for name, value in part.items() if name != _NOT_OURS)
        for key, kind in (("secret_id", Needed.SECRET), ("tool_id", Needed.TOOL)):
            if isinstance(part.get(key), str):
                yield kind, part[key]
        for key in _LISTS_OF_TOOLS:
            yield from ((Needed.TOOL, one) for one in _texts(part.get(key)))
        for key in _LISTS_OF_DOCUMENTS:
            inner = part.get(key)
            found = (
                [one.get("id") for one in inner if isinstance(one, Mapping)]
                if (isinstance(inner, list))
                else []
            )
            yield from ((Needed.DOCUMENT, one) for one in _texts(found))


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def note_needs(agent: Agent, version: AgentVersion) -> None:
    """Write down what the agent needs now. Inside the transaction that tells it."""
    parts = [version.conversation_config, version.platform_settings, version.workflow]
    wanted = needs_of(parts)
    there = {(Needed(need.kind), need.named_id): need.pk for need in agent.needs.all()}
    gone = [pk for need, pk in there.items() if need not in wanted]
    if gone:
        Need.objects.filter(pk__in=gone).delete()
    Need.objects.bulk_create(
        Need(workspace_id=agent.workspace_id, agent=agent, kind=kind, named_id=named_id)
        for kind, named_id in sorted(wanted - there.keys())
    )


def needs_for(workspace: Workspace, kind: Needed, named_ids: Iterable[str]) -> QuerySet[Need]:
    """What living agents, as they are told today, need of these things."""
    return Need.objects.filter(
        workspace=workspace,
        kind=kind,
        named_id__in=list(named_ids),
        agent__isnull=False,
        agent__deleted_at=None,
    )


def dependents(workspace: Workspace, kind: Needed, *named_ids: str) -> AgentQuerySet:
    """The living agents that name one of these as they are told today."""
    needs = needs_for(workspace, kind, named_ids)
    found: AgentQuerySet = Agent.objects.filter(
        workspace=workspace, pk__in=needs.values("agent_id")
    )
    return found
