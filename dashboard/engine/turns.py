"""What a conversation keeps: turns, with their tool calls, tool results and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    VISITOR = "user"
    AGENT = "agent"


class ToolKind(StrEnum):
    SYSTEM = "system"
    WEBHOOK = "webhook"
    CLIENT = "client"


@dataclass(frozen=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON Schema object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(
        default_factory=lambda: {"type": "object", "properties": {}}
    )
    kind: ToolKind = ToolKind.CLIENT
    tool_id: str = ""  # of a tool that agents share


@dataclass(frozen=True)
class ToolCall:
    """The model asks for a tool. `garbled`: its arguments, when they were no JSON object."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    garbled: str | None = None


@dataclass(frozen=True)
class ToolResult:
    """What came back. `unanswered`: the call is on the record, but nobody waited for its result.

    `tool_id`: of a tool that agents share. `seconds`: from the call to its result, where measured.
    """

    call_id: str
    name: str
    output: str
    is_error: bool = False
    unanswered: bool = False
    kind: ToolKind = ToolKind.CLIENT
    tool_id: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Excerpt:
    """A passage that was found for an answer. `distance`: 0 is the same meaning, 1 is unrelated."""

    document_id: str
    passage_id: str
    title: str
    text: str
    distance: float


@dataclass(frozen=True)
class Usage:
    """Tokens of one model call, and who counted them (`model`).

    `input_tokens` are all that it read; of them `cache_read` came from the vendor's cache and
    `cache_write` were put there. `estimated`: at least one count is our guess, for the model told
    none. `expected`: the input as it was guessed beforehand; the next guess learns from it.
    """

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read: int = 0
    cache_write: int = 0
    estimated: bool = False
    expected: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Attachment:
    """A file that the visitor sent along; its content stays where it was uploaded to."""

    file_id: str
    name: str
    content_type: str


@dataclass(frozen=True)
class PageContext:
    """What the page tells about itself. One with the same `context_id` replaces those before."""

    text: str
    context_id: str = ""


@dataclass(frozen=True)
class Turn:
    """One contribution.

    An agent's turn that calls tools is followed by one agent turn that holds the results.
    `interrupted`: the message is exactly what had been sent when the visitor cut in.
    `context`: nobody said anything, the page told something; such a turn has nothing else.
    """

    role: Role
    message: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    interrupted: bool = False
    sources: tuple[Excerpt, ...] = ()
    usage: Usage | None = None
    context: PageContext | None = None
    files: tuple[Attachment, ...] = ()


def words_of(turn: Turn) -> str:
    """What was said, with the names of the files that came along; empty for what a page told."""
    files = [f"(sent a file: {' '.join(file.name.split())})" for file in turn.files]
    return "\n".join(filter(None, [turn.message, *files]))


def visitor(message: str, files: Sequence[Attachment] = ()) -> Turn:
    return Turn(Role.VISITOR, message, files=tuple(files))


def told_by_page(text: str, context_id: str = "") -> Turn:
    return Turn(Role.VISITOR, context=PageContext(text, context_id))


def agent(message: str) -> Turn:
    return Turn(Role.AGENT, message)
