"""One live conversation: hears the visitor, answers, keeps every turn before it counts as said.

Knows no Channels: a `Line` carries frames, a `Record` keeps turns. Whatever may wait happens in the
session's own tasks; `hear` and `leave` return at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from dashboard.engine.brief import TROUBLE
from dashboard.engine.events import Delta, Ended, Event, Failed, LanguageChanged, TurnTaken
from dashboard.engine.hush import Hush
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolCall, Turn, agent, visitor

from . import wire
from .client_tools import PageTools
from .opening import Line, Opening
from .record import Record
from .saying import Saying
from .timers import PING_SECONDS, Pulse, Timers

log = logging.getLogger(__name__)

GAP_SECONDS = 0.06  # some clients drop frames that arrive together with the metadata
MOST_WAITING = 20
ELSEWHERE = "The conversation goes on in another connection."
UNSTORED = "Your message could not be stored. Please try again later."
FIRST_DELTA = "convai_llm_service_ttfb"
WHOLE_ANSWER = "convai_llm_service_tt_last_sentence"


class LiveSession:
    def __init__(
        self,
        opening: Opening,
        record: Record,
        page_tools: PageTools,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.opening = opening
        self.turns: list[Turn] = []
        self.ended = False
        self.when_ended: Callable[[], object] = lambda: None
        self._speaker = opening.speaker
        self._record = record
        self._page_tools = page_tools
        self._clock = clock
        self._began = clock()
        self._line: Line | None = None
        self._muted = False  # until a page that came back has what it missed
        self._messages = 0
        self._undelivered: list[ToolCall] = []
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._hush = Hush()
        self._answering: asyncio.Task[None] | None = None
        self._saying: Saying | None = None
        self._said: list[tuple[int, str]] = []
        self._event_id = 0
        self._pulse = Pulse(clock)
        self._timers = Timers()
        self._tasks: set[asyncio.Task[None]] = set()
        page_tools.reach(self._call_page)

    # --- The line ----------------------------------------------------------------------------

    def start(self, line: Line) -> None:
        """Open with the metadata; the greeting follows after a gap, then whatever was heard."""
        self._line = line
        self._post(self._metadata())
        self._timers.later("ping", PING_SECONDS, self._ping)
        self._timers.later("longest", self.opening.longest_seconds, self._too_long)
        self._task(self._run())

    def come_back(self, line: Line, after: int) -> None:
        """The page is here again: give it what it missed. `after`: the last event it has whole."""
        if self._line:
            self._task(self._line.hang_up(1000, ELSEWHERE))
        self._timers.cancel("vanished")
        self._line, self._muted = line, False
        self._post(self._metadata(user_messages_kept=self._messages))
        self._muted = True
        self._timers.later("ping", PING_SECONDS, self._ping)
        self._timers.later("missed", GAP_SECONDS, lambda: self._repeat(after))

    def leave(self, line: Line, clean: bool) -> None:
        """The socket has closed. Who can come back has a while to do so."""
        if line is not self._line or self.ended:
            return
        self._line = None
        self._timers.cancel("ping")
        if self.opening.resume_token and not clean:
            self._timers.later("vanished", self.opening.resume_seconds, self._vanished)
        else:
            self._task(self.end("The visitor left."))

    def hear(self, text: str) -> None:
        """The visitor says something; an answer in progress stops."""
        if self.ended or not text.strip():
            return
        if self._heard.qsize() >= MOST_WAITING:
            self._task(self.end("Too many messages.", 1008, "Too many messages at once."))
            return
        self._messages += 1
        self._heard.put_nowait(text)
        self._hush.ask()

    def hear_result(self, result: wire.ClientToolResult) -> None:
        self._page_tools.answered(result.call_id, result.result, result.is_error)

    def hear_pong(self, pong: wire.Pong) -> None:
        self._pulse.answered(pong.event_id)

    async def end(
        self,
        reason: str,
        code: int = 1000,
        message: str = "",
        *,
        trouble: bool = False,
        patience: float | None = None,
    ) -> None:
        """End once: stop talking, keep what was said, close the record, then the line.

        `patience`: seconds that a running tool may still take; None: its own time-out.
        """
        if self.ended:
            return
        self.ended = True
        self._hush.ask()
        self._page_tools.hang_up()
        if self._answering and self._answering is not asyncio.current_task():
            await asyncio.wait({self._answering}, timeout=patience)
            self._answering.cancel()
        self._timers.cancel_all()
        try:
            await self._record.finish(reason, {"code": code, "reason": reason} if trouble else None)
        except Exception as error:  # the sweep will end the record; the visitor is told now
            self._log("the record was not closed", error)
        if self._line:
            await self._line.hang_up(code, message or reason)
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        self.when_ended()

    # --- Talking -----------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await asyncio.sleep(GAP_SECONDS)
            if first := self._speaker.brief.first_message:
                await self._say(agent(first))
            while True:
                text = await self._heard.get()
                if self._answering:
                    await asyncio.gather(self._answering, return_exceptions=True)
                await self._keep(visitor(text), None)
                if self._heard.empty() and not self.ended:
                    self._hush = Hush()
                    self._answering = asyncio.create_task(self._answer())
        except Exception as error:
            self._log("the conversation broke", error)
            await self.end("A turn could not be stored.", 1011, UNSTORED, trouble=True)

    async def _answer(self) -> None:
        began = self._clock()
        metrics: dict[str, float] = {}
        try:
            async with aclosing(reply(self._speaker, self.turns, self._hush)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        metrics.setdefault(FIRST_DELTA, self._clock() - began)
                        self._aloud().add(event.text)
                    elif isinstance(event, TurnTaken):
                        metrics[WHOLE_ANSWER] = self._clock() - began
                        await self._take(event.turn, metrics)
                        metrics = {}
                    else:
                        await self._follow(event)
        except Exception as error:
            self._log("an answer broke", error)
            await self._apologise(error)

    async def _apologise(self, error: Exception) -> None:
        """What was sent stays, with a sentence below it; when even that fails, the session ends."""
        saying = self._aloud()
        more = f"\n\n{TROUBLE}" if saying.sent else TROUBLE
        saying.add(more)
        saying.stop()
        try:
            await self._say(agent(saying.sent or more))
            await self._record.warn(f"An answer broke off: {type(error).__name__}.")
        except Exception as worse:
            self._log("the conversation broke", worse)
            await self.end("A turn could not be stored.", 1011, UNSTORED, trouble=True)

    async def _follow(self, event: Event) -> None:
        match event:
            case Failed(reason):
                await self._record.warn(reason)
            case LanguageChanged(language):
                brief = replace(self._speaker.brief, language=language)
                self._speaker = replace(self._speaker, brief=brief)
            case Ended():
                await self.end("The agent ended the conversation.")

    async def _take(self, turn: Turn, metrics: dict[str, float]) -> None:
        """Keep a turn, then say that it is final."""
        if turn.message is not None:
            await self._say(turn, metrics)
        else:
            await self._keep(turn, None, metrics)
        for result in turn.tool_results:
            if self.opening.tells_tools:
                self._post(wire.agent_tool_response(result, result.kind, self._event_id))

    async def _say(self, turn: Turn, metrics: dict[str, float] | None = None) -> None:
        saying = self._aloud()
        saying.stop()
        message = turn.message or ""
        await self._keep(turn, saying.event_id, metrics)
        self._said.append((saying.event_id, message))
        self._saying = None
        self._post(wire.agent_response(message, saying.event_id))

    def _aloud(self) -> Saying:
        """The answer being said now; one event id for all its frames."""
        if self._saying is None:
            self._saying = Saying(self._post, self._next_event(), self.opening.streams)
        return self._saying

    async def _keep(
        self, turn: Turn, event_id: int | None, metrics: dict[str, float] | None = None
    ) -> None:
        at = self._clock() - self._began
        await self._record.keep(turn, event_id=event_id, metrics=metrics or {}, at=at)
        self.turns.append(turn)

    # --- Frames and timers -------------------------------------------------------------------

    def _metadata(self, **resumed: int) -> wire.Frame:
        token = self.opening.resume_token
        extra = {"resume_token": token, **resumed} if token else {}
        return wire.metadata(self.opening.conversation_id, self.opening.formats, **extra)

    def _repeat(self, after: int) -> None:
        self._muted = False
        for call in self._undelivered:
            self._call_page(call)
        self._undelivered.clear()
        for event_id, message in self._said:
            if event_id > after:
                self._post(wire.agent_response(message, event_id))
        if self._saying:
            self._saying.again()

    def _call_page(self, call: ToolCall) -> None:
        """Ask the page; where there is none at the moment, the one that comes back."""
        if self._line is None or self._muted:
            self._undelivered.append(call)
        self._post(wire.client_tool_call(call, self._event_id))

    def _post(self, frame: wire.Frame) -> None:
        if self._line and not self._muted:
            self._line.post(frame)

    def _next_event(self) -> int:
        self._event_id += 1
        return self._event_id

    def _ping(self) -> None:
        self._post(self._pulse.ping(self._next_event()))
        self._timers.later("ping", PING_SECONDS, self._ping)

    def _too_long(self) -> None:
        reason = "The conversation reached its longest duration."
        self._post(wire.error(1000, "max_duration_exceeded", reason))
        self._task(self.end(reason))

    def _vanished(self) -> None:
        self._task(self.end("The visitor did not come back."))

    def _task(self, deed: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _log(self, what: str, error: BaseException) -> None:
        """Names only: an error's own words may quote the visitor."""
        facts = {"conversation": self.opening.conversation_id, "error": type(error).__name__}
        log.error(what, extra=facts)
