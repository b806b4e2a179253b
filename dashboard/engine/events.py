"""What happens while a speaker answers. A `TurnTaken` is kept; all else is for whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .turns import Excerpt, ToolCall, ToolResult, ToolSpec, Turn


@dataclass(frozen=True)
class Delta:
    """A piece of the answer, to be shown at once."""

    text: str


@dataclass(frozen=True)
class Searched:
    """The speaker looked into its library before answering."""

    query: str
    found: tuple[Excerpt, ...]


@dataclass(frozen=True)
class Waited:
    """The model was busy with others: seconds in its queue."""

    seconds: float


@dataclass(frozen=True)
class ContextUsed:
    """How many tokens the model is given to read, of how many it can; limit 0: unknown."""

    model: str
    tokens: int
    limit: int


@dataclass(frozen=True)
class ToolStarted:
    call: ToolCall
    spec: ToolSpec


@dataclass(frozen=True)
class ToolFinished:
    result: ToolResult


@dataclass(frozen=True)
class LanguageChanged:
    language: str


@dataclass(frozen=True)
class Failed:
    """No model could answer; `reason` is for the owner, the visitor has been told in words."""

    reason: str


@dataclass(frozen=True)
class TurnTaken:
    turn: Turn


class EndReason(StrEnum):
    AGENT_ENDED = "agent_ended"
    TURNS_LIMIT = "turns_limit"
    VISITOR_LEFT = "visitor_left"  # of a simulation
    TROUBLE = "trouble"  # of a simulation: no model could answer


@dataclass(frozen=True)
class Ended:
    """The conversation is over; no event follows."""

    reason: EndReason
    note: str = ""


Event = (
    Delta
    | Searched
    | Waited
    | ContextUsed
    | ToolStarted
    | ToolFinished
    | LanguageChanged
    | Failed
    | TurnTaken
    | Ended
)
