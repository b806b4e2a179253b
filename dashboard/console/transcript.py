"""A conversation as it is read: who spoke, what was said, which tools were called meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dashboard.agents.documents import as_text
from dashboard.conversations.models import Conversation, StoredTurn
from dashboard.conversations.turns import as_turn
from dashboard.engine.turns import Excerpt, Role, ToolCall, ToolResult

from .words import Mark

OK = Mark("OK", "check", "ok")
FAILED = Mark("Failed", "x", "bad")
MOST_SHOWN = 20_000  # characters of one message: longer ones make a page nobody can scroll
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


@dataclass
class Entry:
    """Everything one side said and did until the other side spoke."""

    number: int
    is_visitor: bool
    at: float  # seconds since the beginning
    asked_at: float | None = None  # when the visitor spoke whom this answers
    until: float = 0
    parts: list[Words | ToolUse] = field(default_factory=list)
    sources: list[Excerpt] = field(default_factory=list)
    interrupted: bool = False

    @property
    def took(self) -> float | None:
        """Seconds the visitor waited for it."""
        if self.is_visitor or self.asked_at is None:
            return None
        return max(0.0, self.until - self.asked_at)

    @property
    def pieces(self) -> list[dict[str, Words | ToolUse]]:
        """For the template: each part under the name of its kind."""
        return [{"words" if isinstance(part, Words) else "tool": part} for part in self.parts]


def entries(conversation: Conversation) -> list[Entry]:
    return read(conversation.turns.all())


def read(rows: Iterable[StoredTurn]) -> list[Entry]:
    """Joins what an agent says and does until the visitor speaks again."""
    found: list[Entry] = []
    for row in rows:
        turn = as_turn(row)
        last = found[-1] if found else None
        if last is None or last.is_visitor or turn.role is Role.VISITOR:
            asked_at = last.at if last and last.is_visitor else None
            last = Entry(row.number, turn.role is Role.VISITOR, row.seconds_in, asked_at)
            found.append(last)
        last.until = row.seconds_in
        if turn.message:
            last.parts.append(_words(turn.message))
        last.parts.extend(ToolUse(call) for call in turn.tool_calls)
        for result in turn.tool_results:
            _answer(found, result)
        last.sources.extend(turn.sources)
        last.interrupted |= turn.interrupted
    return [entry for entry in found if entry.parts]


def _words(message: str) -> Words:
    return Words(message[:MOST_SHOWN], max(0, len(message) - MOST_SHOWN))


def _answer(found: list[Entry], result: ToolResult) -> None:
    """Put a result beside its call, even when the visitor spoke in between."""
    for entry in reversed(found):
        for place, part in enumerate(entry.parts):
            if isinstance(part, ToolUse) and part.result is None and part.call.id == result.call_id:
                entry.parts[place] = ToolUse(part.call, result)
                return
