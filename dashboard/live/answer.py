"""One answer: what the engine says becomes frames, and turns on disk before they are final."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing

from dashboard.engine.brief import TROUBLE
from dashboard.engine.events import (
    ContextUsed,
    Delta,
    Ended,
    Event,
    Failed,
    LanguageChanged,
    ToolFinished,
    ToolStarted,
    TurnTaken,
)
from dashboard.engine.hush import Hush
from dashboard.engine.ports import Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolKind, ToolResult, Turn, agent
from dashboard.engine.waterfall import Waterfall

from . import frames
from .ledger import Ledger
from .outgoing import Outgoing
from .record import Gone, Record

log = logging.getLogger(__name__)
NO_MODEL = "No model could answer."


class Answer:
    """`in_tool`: the kind of the tool that is running, if any. `language`: where it has changed,
    the one to go on in.
    """

    def __init__(
        self,
        out: Outgoing,
        ledger: Ledger,
        record: Record,
        clock: Callable[[], float],
        stored: float = 0.0,
    ) -> None:
        """`stored`: seconds that it took to keep the visitor's message."""
        self.hush = Hush()
        self.in_tool: ToolKind | None = None
        self.language = ""
        self._out = out
        self._ledger = ledger
        self._record = record
        self._clock = clock
        self._ended = False
        self._time = Waterfall(clock() - stored)
        self._time.stored(stored)

    async def give(self, speaker: Speaker, turns: Sequence[Turn]) -> bool:
        """Answer the last turn. True: with it the agent has ended the conversation."""
        self._out.tell("agent_typing", lambda: frames.agent_typing(True))
        try:
            async with aclosing(reply(speaker, turns, self.hush)) as events:
                async for event in events:
                    self._time.see(event, self._clock())
                    await self._follow(event)
        except Gone:
            raise
        except Exception as error:
            log.error("an answer broke", extra={"error": type(error).__name__})
            await self._apologise(error)
        finally:
            self._out.tell("agent_typing", lambda: frames.agent_typing(False))
        return self._ended

    async def _follow(self, event: Event) -> None:
        match event:
            case Delta(text):
                self._out.aloud().add(text)
            case TurnTaken(turn):
                await self._take(turn)
            case ContextUsed():
                event_id = self._out.aloud().event_id
                self._out.tell("context_usage", lambda: frames.context_usage(event, event_id))
            case ToolStarted(call, spec):
                self.in_tool = spec.kind
                at = self._out.event_id
                self._out.tell(
                    "agent_tool_request", lambda: frames.agent_tool_request(call, spec.kind, at)
                )
            case ToolFinished():
                self.in_tool = None
            case Failed(reason):
                self._out.post(frames.error(1011, "llm_error", NO_MODEL))
                await self._record.warn(reason)
            case LanguageChanged(language):
                self.language = language
                await self._record.speak(language)
            case Ended():
                self._ended = True

    async def _take(self, turn: Turn) -> None:
        """Keep a turn, then say that it is final."""
        since, metrics = self._clock(), self._time.metrics()
        if turn.message is None:
            await self._ledger.keep(turn, None, metrics)
        else:
            saying = self._out.aloud()
            saying.stop()
            await self._ledger.keep(turn, saying.event_id, metrics)
            self._out.say(turn.message)
            if turn.interrupted:
                self._correct(turn.message, saying.event_id)
        self._time.stored(self._clock() - since)
        for result in turn.tool_results:
            self._tell_result(result)

    def _tell_result(self, result: ToolResult) -> None:
        self._out.forget_call(result.call_id)
        at = self._out.event_id
        self._out.tell("agent_tool_response", lambda: frames.agent_tool_response(result, at))

    def _correct(self, message: str, event_id: int) -> None:
        """Clients that show answers as whole learn that this one was cut short here."""
        self._out.tell(
            "agent_response_correction",
            lambda: frames.agent_response_correction(message, message, event_id),
        )

    async def _apologise(self, error: Exception) -> None:
        """What was sent stays, with a sentence below it."""
        saying = self._out.aloud()
        more = f"\n\n{TROUBLE}" if saying.sent else TROUBLE
        saying.add(more)
        saying.stop()
        await self._ledger.keep(agent(saying.sent or more), saying.event_id)
        self._out.say(saying.sent or more)
        await self._record.warn(f"An answer broke off: {type(error).__name__}.")
