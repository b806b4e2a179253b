"""What a new agent can begin as: the two that need nothing, then the ready-made ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.integrations.catalog import starting_points as ready_made
from dashboard.workspaces.models import Workspace

FROM_DOCUMENTS = """\
# Who you are
You are the assistant of {workspace}. You answer visitors in short, friendly sentences.

# What you do
- Answer from the documents you are given, in the visitor's language.
- When they do not say, tell the visitor so and offer to pass the question on.
- Ask back when a question could mean two things.

# What you never do
Invent prices, dates, addresses or promises."""


@dataclass(frozen=True)
class Card:
    """`key` travels in the form; an `asks` card leads to a page of its own first."""

    key: str
    title: str
    does: str
    icon: str
    asks: bool = False


def cards(workspace: Workspace) -> list[Card]:
    known = workspace.documents.count()
    source = f"Uses the {known} documents of this workspace." if known > 1 else ""
    source = "Uses the one document of this workspace." if known == 1 else source
    nothing = "It has nothing to read yet: add documents through the API."
    return [
        Card(
            "documents",
            "Answer from my documents",
            f"Says what your pages say, and admits what they do not. {source or nothing}",
            "file-text",
        ),
        *(Card(one.key, one.title, one.does, "plug", asks=True) for one in ready_made()),
        Card("empty", "Start empty", "No instructions, no first message: all yours.", "plus"),
    ]


def answering_from_documents(workspace: Workspace) -> dict[str, Any]:
    """For `create`: instructions that already read well, and every document there is."""
    known = [
        {"type": kind, "name": name, "id": pk}
        for kind, name, pk in workspace.documents.order_by("created_at").values_list(
            "kind", "name", "pk"
        )
    ]
    prompt = {
        "prompt": FROM_DOCUMENTS.format(workspace=workspace.name),
        "knowledge_base": known,
        "rag": {"enabled": True},
    }
    return {
        "name": f"{workspace.name} Helper",
        "conversation_config": {
            "agent": {"first_message": "Hello! What would you like to know?", "prompt": prompt},
            "conversation": {"text_only": True},
        },
    }


def empty() -> dict[str, Any]:
    return {"name": "New agent", "conversation_config": {"conversation": {"text_only": True}}}
