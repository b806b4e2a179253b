"""What goes out to the page: frames with their event ids, and what a page that was away missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from dashboard.engine.turns import ToolCall

from . import frames
from .opening import Line, Opening
from .saying import Saying
from .timers import Pulse
from .wire import Frame

GAP_SECONDS = 0.06  # some clients drop frames that arrive together with the metadata
# How long a client may take to show that it hears, ping by ping; then it is believed to.
HEARING_SECONDS = (0.1, 0.2, 0.4, 0.8, 0.8, 0.8, 0.8)
# More events than one process sends to a page between two turns. A process that goes on with a
# conversation starts above whatever the one before may have used.
APART = 100_000


class Outgoing:
    """`event_id`: the last one given out. Between pages frames go nowhere."""

    def __init__(self, opening: Opening, clock: Callable[[], float]) -> None:
        past = opening.past
        self._opening = opening
        self._pulse = Pulse(clock)
        self._hears = asyncio.Event()
        self._muted = False  # until a page that came back has what it missed
        self._calls: dict[str, tuple[ToolCall, int]] = {}  # that the page has yet to answer
        self._unsent: list[tuple[ToolCall, int]] = []  # that no page was there for
        self._said: list[tuple[int, str]] = list(past.said) if past else []
        self.line: Line | None = None
        self.saying: Saying | None = None
        self.event_id = (past.last_event // APART + 1) * APART if past else 0

    @property
    def answers(self) -> Sequence[tuple[int, str]]:
        """Every final answer so far, with its event id."""
        return self._said

    def open(self, line: Line, messages: int | None) -> None:
        """A page is here. Its first frame is the metadata, and nothing follows at once.

        `messages`: how many of a returning visitor's messages are here.
        """
        self.line, self._muted = line, False
        extra: dict[str, str | int] = {}
        if self._opening.resume_token:
            extra["resume_token"] = self._opening.resume_token
            extra["resume_seconds"] = round(self._opening.resume_seconds)
            extra |= {} if messages is None else {"user_messages_kept": messages}
        conversation_id = self._opening.conversation_id
        self.post(frames.metadata(conversation_id, self._opening.formats, **extra))

    async def until_heard(self) -> None:
        """Some clients drop what they read together with the metadata, and a busy one reads late:
        no gap is long enough. Who answers a ping listens (contract websocket.md §2).
        """
        for seconds in HEARING_SECONDS if self._opening.answers_pings else ():
            if self._hears.is_set() or self.line is None:
                return
            self.ping()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._hears.wait()

    def heard(self) -> None:
        """The client has said something after its start."""
        self._hears.set()

    def mute(self) -> None:
        """Until `repeat`, nothing but what `repeat` sends may reach the page."""
        self._muted = True

    def repeat(self, after: int) -> None:
        """Everything that a page has missed. `after`: the last answer that it has whole."""
        self._muted = False
        for event_id, message in self._said:
            if event_id > after:
                self.post(frames.agent_response(message, event_id))
        # It may have had a call and lost its own result: the id tells it that this is the same.
        for call, event_id in [*self._calls.values(), *self._unsent]:
            self.post(frames.client_tool_call(call, event_id))
        self._unsent.clear()
        if self.saying:
            self.saying.again()

    def post(self, frame: Frame) -> None:
        if self.line and not self._muted:
            self.line.post(frame)

    def tell(self, kind: str, frame: Callable[[], Frame]) -> None:
        """Post what the agent's list of client events asks for (contract websocket.md §6)."""
        if kind in self._opening.events:
            self.post(frame())

    def next_event(self) -> int:
        self.event_id += 1
        return self.event_id

    def aloud(self) -> Saying:
        """The answer being said now; one event id for all its frames."""
        if self.saying is None:
            streams = "agent_chat_response_part" in self._opening.events
            self.saying = Saying(self.post, self.next_event(), streams)
        return self.saying

    def say(self, message: str) -> None:
        """The answer that was said aloud is final: it is on disk."""
        saying = self.aloud()
        self.saying = None
        self._said.append((saying.event_id, message))
        if self._opening.speaks:
            self.post(frames.agent_response(message, saying.event_id))

    def call_page(self, call: ToolCall, is_awaited: bool) -> None:
        """Ask the page; where there is none at the moment, the one that comes back."""
        if is_awaited:
            self._calls[call.id] = (call, self.event_id)
        elif self.line is None or self._muted:
            self._unsent.append((call, self.event_id))
        self.post(frames.client_tool_call(call, self.event_id))

    def forget_call(self, call_id: str) -> None:
        """Nobody waits for it any more."""
        self._calls.pop(call_id, None)

    def ping(self) -> None:
        self.post(self._pulse.ping(self.next_event()))

    def ponged(self, event_id: int) -> None:
        self.heard()
        self._pulse.answered(event_id)

    async def hang_up(self, code: int, reason: str) -> None:
        line, self.line = self.line, None
        if line:
            await line.hang_up(code, reason)
