"""A conversation as it is read: who spoke, what was said, which tools were called meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dashboard.agents.documents import as_text
from dashboard.conversations.models import StoredTurn, Thumb
from dashboard.conversations.turns import as_turn
from dashboard.engine.turns import (
    Attachment,
    Excerpt,
    PageContext,
    Role,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)

from .spending import Spent, spent_on
from .words import Mark

OK = Mark("OK", "check", "ok")
FAILED = Mark("Failed", "x", "bad")
MOST_SHOWN = 20_000  # characters of one message: longer ones make a page nobody can scroll
THUMBS: dict[str, Mark] = {
    Thumb.UP: Mark("Liked", "circle-check", "ok"),
    Thumb.DOWN: Mark("Disliked", "circle-x", "bad"),
}
NO_ANSWER = Mark("No answer", "clock", "warn")


@dataclass(frozen=True)
class Words:
    """What was said; `more` counts the characters that a page does not show."""

    text: str
    more: int = 0

    @property
    def rest(self) -> str:
        return f"… and {self.more:,} more characters, in the conversation's JSON." * bool(self.more)


@dataclass(frozen=True)
class ToolUse:
    """A call and what came back; None while nothing has."""

    call: ToolCall
    result: ToolResult | None = None

    @property
    def mark(self) -> Mark:
        if self.result is None or self.result.unanswered:
            return NO_ANSWER
        return FAILED if self.result.is_error else OK

    @property
    def sent(self) -> str:
        if self.call.garbled is not None:
            return self.call.garbled
        return as_text(self.call.arguments) if self.call.arguments else ""


@dataclass(frozen=True)
class Sent:
    """A file that came with a message."""

    file: Attachment


@dataclass(frozen=True)
class Told:
    """What the page told about itself; nobody said it."""

    context: PageContext


Piece = Words | ToolUse | Sent | Told


@dataclass
class Entry:
    """Everything one side said and did until the other side spoke."""

    number: int
    is_visitor: bool
    at: float  # seconds since the beginning
    asked_at: float | None = None  # when the visitor spoke whom this answers
    until: float = 0
    parts: list[Piece] = field(default_factory=list)
    sources: list[Excerpt] = field(default_factory=list)
    interrupted: bool = False
    thumb: Mark | None = None  # what the visitor thought of it
    metrics: list[dict[str, float]] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)

    @property
    def spent(self) -> Spent:
        return spent_on(self.metrics, self.usages)

    @property
    def took(self) -> float | None:
        """Seconds the visitor waited for it."""
        if self.is_visitor or self.asked_at is None:
            return None
        return max(0.0, self.until - self.asked_at)

    @property
    def told_by_page(self) -> bool:
        return any(isinstance(part, Told) for part in self.parts)

    @property
    def pieces(self) -> list[dict[str, Piece]]:
        """For the template: each part under the name of its kind."""
        return [{_KINDS[type(part)]: part} for part in self.parts]


_KINDS: dict[type, str] = {Words: "words", ToolUse: "tool", Sent: "sent", Told: "told"}


def read(rows: Iterable[StoredTurn]) -> list[Entry]:
    """Joins what an agent says and does until the visitor speaks again."""
    found: list[Entry] = []
    told: list[Entry] = []
    for row in rows:
        turn = as_turn(row)
        if turn.context:  # interrupts nobody: what is being answered goes on
            told.append(Entry(row.number, True, row.seconds_in, parts=[Told(turn.context)]))
            continue
        last = found[-1] if found else None
        if last is None or last.is_visitor or turn.role is Role.VISITOR:
            asked_at = last.at if last and last.is_visitor else None
            last = Entry(row.number, turn.role is Role.VISITOR, row.seconds_in, asked_at)
            found.append(last)
        last.until = row.seconds_in
        last.parts.extend(_said(turn))
        last.metrics.append(row.metrics)
        last.usages.extend([turn.usage] if turn.usage else [])
        last.parts.extend(ToolUse(call) for call in turn.tool_calls)
        for result in turn.tool_results:
            _answer(found, result)
        last.sources.extend(turn.sources)
        last.interrupted |= turn.interrupted
        last.thumb = THUMBS.get(row.thumb) or last.thumb
    return sorted((e for e in found + told if e.parts), key=lambda entry: entry.number)


def _said(turn: Turn) -> Iterator[Words | Sent]:
    if turn.message:
        yield _words(turn.message)
    yield from (Sent(file) for file in turn.files)


def _words(message: str) -> Words:
    return Words(message[:MOST_SHOWN], max(0, len(message) - MOST_SHOWN))


def _answer(found: list[Entry], result: ToolResult) -> None:
    """Put a result beside its call, even when the visitor spoke in between."""
    for entry in reversed(found):
        for place, part in enumerate(entry.parts):
            if isinstance(part, ToolUse) and part.result is None and part.call.id == result.call_id:
                entry.parts[place] = ToolUse(part.call, result)
                return
