"""`workflow`: kept and echoed, complete enough for the strict readers (contract rest.md §7)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from .document import JSON, Document
from .prompt import Knowledge


class Condition(Document):
    """When an edge is taken. Expressions are kept as they are."""

    type: str
    label: str | None = None


class Position(Document):
    x: float = 0
    y: float = 0


class Edge(Document):
    source: str
    target: str
    forward_condition: Condition | None = None
    backward_condition: Condition | None = None
    reroutes: list[Position] = Field(default_factory=list)


class Node(Document):
    type: str
    position: Position = Field(default_factory=Position)
    edge_order: list[str] = Field(default_factory=list)


class OverrideNode(Node):
    """The same agent, told something else from here on."""

    type: Literal["override_agent"]
    conversation_config: JSON = Field(default_factory=dict)
    additional_prompt: str = ""
    additional_knowledge_base: list[Knowledge] = Field(default_factory=list)
    additional_tool_ids: list[str] = Field(default_factory=list)
    label: str
    entry_behavior: Literal["generate_immediately", "wait_for_user", "auto"] = "auto"


class AgentNode(Node):
    type: Literal["standalone_agent"]
    agent_id: str | None = None
    node_id: str | None = None
    delay_ms: int = 0
    transfer_message: str | None = None
    enable_transferred_agent_first_message: bool = False
    preserve_client_tts_overrides: bool = False
    preserve_voice_settings: bool = False


class EndNode(Node):
    type: Literal["end"]
    outcome: str = "success"


class PhoneNode(Node):
    type: Literal["phone_number"]
    transfer_destination: JSON
    transfer_type: str = "conference"
    custom_sip_headers: list[JSON] = Field(default_factory=list)
    sip_refer_play_dialtone: bool = True


class ToolPlace(Document):
    tool_id: str


class ToolNode(Node):
    type: Literal["tool"]
    tools: list[ToolPlace] = Field(default_factory=list)


_KINDS = ("override_agent", "standalone_agent", "tool", "end", "phone_number")


def _kind(node: Any) -> str:
    kind = node.get("type") if isinstance(node, dict) else getattr(node, "type", None)
    return kind if kind in _KINDS else "other"


AnyNode = Annotated[
    Annotated[OverrideNode, Tag("override_agent")]
    | Annotated[AgentNode, Tag("standalone_agent")]
    | Annotated[ToolNode, Tag("tool")]
    | Annotated[EndNode, Tag("end")]
    | Annotated[PhoneNode, Tag("phone_number")]
    | Annotated[Node, Tag("other")],
    Discriminator(_kind),
]


class Workflow(Document):
    edges: dict[str, Edge] = Field(default_factory=dict)
    nodes: dict[str, AnyNode] = Field(default_factory=dict)
    prevent_subagent_loops: bool = False
