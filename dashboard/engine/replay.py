"""Put a past visitor's turns to today's speaker, and pair the old answers with the new."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from .events import Failed, TurnTaken
from .ports import Speaker
from .reply import reply
from .turns import Role, ToolCall, ToolResult, ToolSpec, Turn, words_of


@dataclass(frozen=True)
class Pair:
    """One question, what was answered then, and what is answered now.

    `trouble`: why no model answered now; empty when one did.
    """

    question: str
    before: str
    after: str
    trouble: str = ""


class Remembered:
    """Today's tools, answering as they did in the past conversation: a replay acts on nothing."""

    def __init__(self, specs: Sequence[ToolSpec], past: Sequence[Turn]) -> None:
        self._specs = tuple(specs)
        calls = {call.id: call for turn in past for call in turn.tool_calls}
        self._past = [
            (calls[result.call_id], result)
            for turn in past
            for result in turn.tool_results
            if result.call_id in calls and not result.unanswered
        ]

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return self._specs

    async def run(self, call: ToolCall) -> ToolResult:
        """The result of the same call then, else of the last call of this tool, else none."""
        same_tool = [pair for pair in self._past if pair[0].name == call.name]
        same_call = [pair for pair in same_tool if pair[0].arguments == call.arguments]
        if not same_tool:
            unknown = "This tool was not called then, so its answer is not known."
            return ToolResult(call.id, call.name, unknown, is_error=True)
        result = (same_call or same_tool)[-1][1]
        return ToolResult(call.id, call.name, result.output, result.is_error)


async def replay(speaker: Speaker, past: Sequence[Turn]) -> AsyncGenerator[Pair, None]:
    """Each question is asked after everything that really came before it.

    So a new answer never stands beside an old one that replied to something else.
    """
    for at, turn in enumerate(past):
        question = words_of(turn) if turn.role is Role.VISITOR else ""
        if not question:
            continue
        answered = next(
            (later for later in range(at + 1, len(past)) if _is_asked(past[later])), len(past)
        )
        before = _spoken(past[at + 1 : answered])
        new: list[Turn] = []
        trouble = ""
        async with aclosing(reply(speaker, past[: at + 1])) as events:
            async for event in events:
                match event:
                    case TurnTaken(said):
                        new.append(said)
                    case Failed(reason):
                        trouble = reason
        yield Pair(question, before, _spoken(new), trouble)


def _is_asked(turn: Turn) -> bool:
    """Whether the visitor speaks; what the page tells meanwhile asks nothing."""
    return turn.role is Role.VISITOR and turn.context is None


def _spoken(turns: Sequence[Turn]) -> str:
    return "\n\n".join(turn.message for turn in turns if turn.message)
