"""One live conversation: its page comes, goes and returns, and in the end it is over once.

Knows no Channels: a `Line` carries frames, a `Record` keeps turns, a `Talk` takes them. Whatever
may wait happens in the session's own tasks; `hear` and `leave` return at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from dashboard.conversations.pace import Pace
from dashboard.engine.turns import ToolKind, Turn

from . import frames, wire
from .client_tools import PageTools
from .opening import Line, Opening
from .outgoing import GAP_SECONDS
from .record import Record
from .silence import Silence
from .talk import Talk
from .timers import PING_SECONDS, Timers

log = logging.getLogger(__name__)

LAST_PATIENCE = 3  # seconds that a tool still has when the server's own patience is over
PAGE_PATIENCE = 2  # seconds that a function in the page still has when the visitor goes on
ELSEWHERE = "The conversation goes on in another connection."
UNSTORED = "Your message could not be stored. Please try again later."
TOO_LONG = "The conversation reached its longest duration."
TOO_MANY = "Too many messages at once."
TOO_MUCH = "Too many updates of the page at once: this one is not taken."


Deed = Callable[[], Awaitable[None]]


class LiveSession:
    def __init__(
        self,
        opening: Opening,
        record: Record,
        page_tools: PageTools,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
    ) -> None:
        self.opening = opening
        self._pace = pace
        self.ended = False
        self.unclosed: Deed | None = None  # what is still to be done about its record
        self.when_ended: Callable[[], object] = lambda: None
        self._record = record
        self._page_tools = page_tools
        self._talk = Talk(opening, record, self, clock)
        self._out = self._talk.out
        self._timers = Timers()
        self._silence = Silence(
            self._timers,
            (opening.follow_up_seconds, self._follow_up),
            (opening.silence_seconds, self._too_quiet),
            has_followed_up=self._talk.ledger.has_followed_up,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._rating = asyncio.Lock()  # the last thumb is the one that stays
        page_tools.reach(self._out.call_page)

    @property
    def turns(self) -> Sequence[Turn]:
        return self._talk.ledger.turns

    # --- The line ----------------------------------------------------------------------------

    def start(self, line: Line, after: int = 0) -> None:
        """Open with the metadata; after a gap the greeting, or what a returning page has missed.

        `after`: the last event that the page has whole.
        """
        self._open(line, returning=self.opening.past is not None)
        left = self.opening.longest_seconds - self._talk.ledger.seconds
        self._timers.later("longest", max(0.0, left), lambda: self._task(self._too_long()))
        self._talk.begin(after)

    def come_back(self, line: Line, after: int) -> None:
        """The page is here again: give it what it missed, then go on."""
        before = self._out.line
        if before and before is not line:
            self._task(before.hang_up(1000, ELSEWHERE))
        self._timers.cancel("vanished")
        self._open(line, returning=True)
        self._out.mute()
        self._timers.later("missed", GAP_SECONDS, lambda: self._out.repeat(after))
        if not self._talk.speaking:
            self._silence.begin()

    def _open(self, line: Line, *, returning: bool) -> None:
        self._out.open(line, self._talk.messages if returning else None)
        self._timers.later("ping", PING_SECONDS, self._ping)

    def leave(self, line: Line, clean: bool) -> None:
        """The socket has closed. Who can come back has a while to do so."""
        if line is not self._out.line or self.ended:
            return
        self._out.line = None
        self._timers.cancel("ping")
        self._silence.pause()
        if self.opening.resume_token and not clean:
            self._timers.later("vanished", self.opening.resume_seconds, self._vanished)
        else:
            self._task(self.end("The visitor left."))

    def hear(self, event: wire.UserMessage) -> None:
        """The visitor says something; an answer in progress stops."""
        if self.ended or not (event.text.strip() or event.file_ids):
            return
        self._silence.broken()
        too_fast = self._pace is not None and self._pace.too_fast()
        if not self._talk.hear(event, too_fast=too_fast):
            self._task(self.end("Too many messages.", 1008, TOO_MANY))
        elif self._talk.in_tool:
            self._timers.later("page", PAGE_PATIENCE, self._page_tools.give_up)

    def hear_context(self, update: wire.ContextualUpdate) -> None:
        """The page tells something; nobody answers it."""
        if not self.ended and not self._talk.hear_context(update):
            self._out.post(frames.error(1008, "value_error", TOO_MUCH))

    def hear_activity(self) -> None:
        self._silence.stirred()

    def hear_feedback(self, feedback: wire.Feedback) -> None:
        """A thumb for an answer; without a number, for the last one."""
        last = self._out.answers[-1][0] if self._out.answers else None
        event_id = last if feedback.event_id is None else feedback.event_id
        if event_id is not None and not self.ended:
            self._task(self._rate(event_id, feedback.score))

    def hear_result(self, result: wire.ClientToolResult) -> None:
        self._page_tools.answered(result.call_id, result.result, result.is_error)

    def hear_pong(self, pong: wire.Pong) -> None:
        self._out.ponged(pong.event_id)

    # --- The end -----------------------------------------------------------------------------

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
        if self._begin_to_end():
            self._page_tools.hang_up()
            self._talk.hush()
            await self._finish(reason, code, message, trouble=trouble, patience=patience)

    async def release(self, message: str, patience: float | None = None) -> None:
        """Let another process go on with it: what was heard is kept, an answer that is not whole
        is dropped, and a tool that runs is waited for, `patience` seconds at most.
        """
        if not self._begin_to_end():
            return
        if self._talk.in_tool in (None, ToolKind.CLIENT):  # a page is told again by whoever goes on
            self._talk.drop()
        else:
            self._talk.hush()
        await self._talk.stop(patience)
        await self._close(self._record.release)
        await self._depart(1001, message)

    async def drain(self, reason: str, message: str, patience: float) -> None:
        """The server stops: finish an answer in progress, then hand over, or else end."""
        self._talk.answers = False
        await self._talk.settled(patience)
        if self.opening.resume_token:
            await self.release(message, LAST_PATIENCE)
        else:
            await self.end(reason, 1001, message, patience=LAST_PATIENCE)

    def _begin_to_end(self) -> bool:
        """False when somebody else already has."""
        first, self.ended = not self.ended, True
        if first:
            self._timers.cancel_all()
        return first

    async def _finish(
        self, reason: str, code: int, message: str, *, trouble: bool, patience: float | None
    ) -> None:
        await self._talk.stop(patience)
        told = {"code": code, "reason": reason} if trouble else None
        await self._close(partial(self._record.finish, reason, told))
        await self._depart(code, message or reason)

    async def _close(self, deed: Deed) -> None:
        """The visitor is told now, also when the record must be closed later."""
        try:
            await deed()
        except Exception as error:
            self._log("the record was not closed", error)
            self.unclosed = deed

    async def _depart(self, code: int, message: str) -> None:
        await self._out.hang_up(code, message)
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        self.when_ended()

    async def _too_long(self) -> None:
        """The owner's last words, then an error that clients know, then a normal close."""
        if not self._begin_to_end():
            return
        self._page_tools.hang_up()
        self._talk.hush()
        await self._talk.stop(LAST_PATIENCE)
        try:
            if self.opening.longest_message:
                await self._talk.say(self.opening.longest_message)
        except Exception as error:
            self._log("the last words could not be kept", error)
        self._out.post(frames.error(1000, "max_duration_exceeded", TOO_LONG))
        await self._finish(TOO_LONG, 1000, "", trouble=False, patience=0)

    # --- What the talk tells, and timers -----------------------------------------------------

    def agent_speaks(self) -> None:
        self._silence.pause()

    def agent_is_done(self) -> None:
        self._timers.cancel("page")
        if self._out.line and not self.ended:
            self._silence.begin()

    def agent_ended(self) -> None:
        self._task(self.end("The agent ended the conversation."))

    def record_gone(self) -> None:
        """Whoever can come back finds out who has it now, or that it is over."""
        if self._begin_to_end():
            self._talk.abandon()
            returns = bool(self.opening.resume_token)
            gone = (1001, ELSEWHERE) if returns else (1011, UNSTORED)
            self._task(self._depart(*gone))

    def broke(self, error: Exception) -> None:
        self._log("the conversation broke", error)
        if self.opening.resume_token:  # what was heard and not kept, its client sends again
            self._task(self.release(UNSTORED))
        else:
            self._task(self.end("A turn could not be stored.", 1011, UNSTORED, trouble=True))

    def _vanished(self) -> None:
        self._task(self.end("The visitor did not come back."))

    def _follow_up(self) -> None:
        self._silence.followed()
        self._talk.follow_up(self.opening.follow_up_seconds)

    def _too_quiet(self) -> None:
        self._task(self.end("The visitor was silent for too long."))

    def _ping(self) -> None:
        self._out.ping()
        self._timers.later("ping", PING_SECONDS, self._ping)

    async def _rate(self, event_id: int, score: str | None) -> None:
        try:
            async with self._rating:
                await self._record.rate(event_id, score, self._talk.ledger.seconds)
        except Exception as error:  # a thumb is not worth a conversation
            self._log("a thumb was not kept", error)

    def _task(self, deed: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _log(self, what: str, error: BaseException) -> None:
        """Names only: an error's own words may quote the visitor."""
        facts = {"conversation": self.opening.conversation_id, "error": type(error).__name__}
        log.error(what, extra=facts)
