"""What was said so far, here and on disk: a turn counts once its record has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dashboard.engine.reply import skips
from dashboard.engine.turns import Role, ToolCall, ToolKind, ToolResult, Turn

from .opening import Past
from .record import Record

LOST = (
    "The server stopped while this was being done, so its result is not known. It may have had its "
    "effect: do not do it again unless the visitor asks for it."
)


class Ledger:
    def __init__(self, record: Record, past: Past | None, clock: Callable[[], float]) -> None:
        self._record = record
        self._clock = clock
        self._began = clock() - (past.seconds if past else 0)
        self.turns: list[Turn] = list(past.turns) if past else []

    @property
    def seconds(self) -> float:
        """Since the conversation began."""
        return self._clock() - self._began

    async def keep(
        self, turn: Turn, event_id: int | None = None, metrics: Mapping[str, float] | None = None
    ) -> None:
        """Return when the turn is on disk."""
        await self._record.keep(turn, event_id=event_id, metrics=metrics or {}, at=self.seconds)
        self.turns.append(turn)

    @property
    def owes_an_answer(self) -> bool:
        """Whether the visitor, or a tool's result, waits for the agent."""
        last = next((turn for turn in reversed(self.turns) if turn.context is None), None)
        if last is None:
            return False
        if last.role is Role.VISITOR:
            return bool((last.message or "").strip() or last.files)
        return any(not skips(result) for result in last.tool_results)

    def torn(self) -> Sequence[ToolCall]:
        """The calls without a result, where the process before was cut off."""
        return self.turns[-1].tool_calls if self.turns else ()

    @property
    def has_followed_up(self) -> bool:
        """Whether the agent has spoken twice since the visitor did."""
        spoken = [turn.role for turn in self.turns if turn.message is not None]
        return spoken[-2:] == [Role.AGENT, Role.AGENT]


def lost(call: ToolCall, kind: ToolKind) -> ToolResult:
    """The result of a call that nobody knows the end of."""
    return ToolResult(call.id, call.name, LOST, is_error=True, unanswered=True, kind=kind)
