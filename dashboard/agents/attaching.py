"""Which documents an agent knows: each change tells it, so it is a version."""

from __future__ import annotations

from typing import Any

from dashboard.knowledge.models import KnowledgeDocument
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed

from .documents import conversation_config
from .holding import held
from .models import Agent
from .revising import revise


@in_one_deed
def attach(agent: Agent, document: KnowledgeDocument, by: By) -> None:
    """Let it know the document too, found when it helps."""
    kept = _known(agent)
    if all(locator.get("id") != document.pk for locator in kept):
        locator = {"type": document.kind, "name": document.name, "id": document.pk}
        kept.append({**locator, "usage_mode": "auto"})
        _tell(agent, kept, by, f"Knows {document.name}")


@in_one_deed
def detach(agent: Agent, document_id: str, by: By) -> None:
    """Also one that is no longer there."""
    known = _known(agent)
    kept = [locator for locator in known if locator.get("id") != document_id]
    if len(kept) < len(known):
        _tell(agent, kept, by, "A document was taken away")


def _known(agent: Agent) -> list[dict[str, Any]]:
    # Held, so that two people who add a document each do not lose one of them.
    prompt = conversation_config(held(agent).told).agent.prompt
    return [locator.model_dump() for locator in prompt.knowledge_base]


def _tell(agent: Agent, kept: list[dict[str, Any]], by: By, note: str) -> None:
    change = {"conversation_config": {"agent": {"prompt": {"knowledge_base": kept}}}}
    revise(agent, change, by, note=note)
