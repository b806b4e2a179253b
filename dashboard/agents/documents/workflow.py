"""`workflow`: kept and echoed, complete enough for the strict readers (contract rest.md §7)."""

from __future__ import annotations

from pydantic import Field

from .document import Document


class Edge(Document):
    source: str
    target: str


class Position(Document):
    x: float = 0
    y: float = 0


class Node(Document):
    type: str
    position: Position = Field(default_factory=Position)
    edge_order: list[str] = Field(default_factory=list)


class Workflow(Document):
    edges: dict[str, Edge] = Field(default_factory=dict)
    nodes: dict[str, Node] = Field(default_factory=dict)
    prevent_subagent_loops: bool = False
