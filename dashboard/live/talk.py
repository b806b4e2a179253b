"""Turn by turn: what is heard is kept, then answered; nothing is answered before it is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from dashboard.conversations.pace import TOO_FAST
from dashboard.engine.ports import Speaker
from dashboard.engine.turns import (
    Role,
    ToolCall,
    ToolKind,
    ToolResult,
    Turn,
    agent,
    told_by_page,
    visitor,
)

from . import frames, wire
from .answer import Answer
from .ledger import Ledger, lost
from .opening import Opening
from .outgoing import GAP_SECONDS, Outgoing
from .record import Gone, Record
from .silence import prompted

MOST_WAITING = 20  # messages
MOST_UPDATES = 100  # of the page, each with another id or none
LAST_PATIENCE = 5  # seconds, for what was heard to be kept when the conversation ends
NO_FILE = "There is no such file in this conversation."


@dataclass
class _Heard:
    event: wire.UserMessage | wire.ContextualUpdate
    at: float
    too_fast: bool = False


class Watcher(Protocol):
    """Whoever must know how the talk goes. What it does about it may not wait here."""

    def agent_speaks(self) -> None: ...

    def agent_is_done(self) -> None:
        """It is the visitor's turn."""
        ...

    def agent_ended(self) -> None: ...

    def record_gone(self) -> None:
        """The record is somebody else's now, or closed."""
        ...

    def broke(self, error: Exception) -> None:
        """A turn could not be kept."""
        ...


class Talk:
    """Starts with `begin`; `stop` takes in what was heard until then, and answers no more."""

    def __init__(
        self, opening: Opening, record: Record, watcher: Watcher, clock: Callable[[], float]
    ) -> None:
        self.out = Outgoing(opening, clock)
        self.ledger = Ledger(record, opening.past, clock)
        self.messages = opening.past.messages if opening.past else 0  # heard from the visitor
        self.answers = True  # no new answer is begun when it is not
        self._opening = opening
        self._speaker = opening.speaker
        self._record = record
        self._watcher = watcher
        self._clock = clock
        self._inbox: asyncio.Queue[_Heard | None] = asyncio.Queue()
        self._waiting = 0  # messages in it
        self._updates: dict[str, _Heard] = {}  # in it, by id
        self._answer: Answer | None = None
        self._answering: asyncio.Task[None] | None = None
        self._runner: asyncio.Task[None] | None = None

    def begin(self, after: int) -> None:
        """`after`: the last answer that the page has whole."""
        self._runner = asyncio.create_task(self._run(after))

    @property
    def speaking(self) -> bool:
        """An answer is in progress."""
        return self._answering is not None and not self._answering.done()

    @property
    def in_tool(self) -> ToolKind | None:
        """The kind of the tool that runs right now."""
        return self._answer.in_tool if self.speaking and self._answer else None

    def hear(self, event: wire.UserMessage, *, too_fast: bool = False) -> bool:
        """Returns at once; False: too much waits already. A message stops the answer.

        `too_fast`: it is kept, and the visitor is asked to wait instead of being answered.
        """
        if self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        self._inbox.put_nowait(_Heard(event, self._clock(), too_fast))
        self.messages += 1
        self.out.heard()
        self.hush()
        return True

    def hear_context(self, update: wire.ContextualUpdate) -> bool:
        """Returns at once; False: too much waits already. One that still waits is replaced by a
        newer one with its id.
        """
        self.out.heard()
        named = update.context_id
        if named and (waiting := self._updates.get(named)):
            waiting.event = update
            return True
        if len(self._updates) >= MOST_UPDATES:
            return False
        heard = _Heard(update, self._clock())
        self._updates[named or f" {id(heard)}"] = heard
        self._inbox.put_nowait(heard)
        return True

    def hush(self) -> None:
        """Stop the answer at its next piece, or after the tool that runs."""
        if self._answer:
            self._answer.hush.ask()

    def drop(self) -> None:
        """Stop the answer as if it had never begun."""
        if self._answering:
            self._answering.cancel()

    async def settled(self, patience: float | None = None) -> None:
        """Until no answer is in progress, or for `patience` seconds."""
        if self._answering:
            await asyncio.wait({self._answering}, timeout=patience)

    async def stop(self, patience: float | None) -> None:
        """Wait for the answer, `patience` seconds at most, then keep what was heard meanwhile."""
        self.answers = False
        await self.settled(patience)
        self.drop()
        self._inbox.put_nowait(None)
        if self._runner:
            await asyncio.wait({self._runner}, timeout=LAST_PATIENCE)

    def abandon(self) -> None:
        """Nothing more can be kept."""
        for task in (self._answering, self._runner):
            if task:
                task.cancel()

    def follow_up(self, seconds: float) -> None:
        """Speak up, as the visitor has been silent for so long."""
        if self.answers and not self.speaking and self._inbox.empty():
            self._speak(self._give(*prompted(self._speaker, self.ledger.turns, seconds)))

    async def say(self, message: str) -> None:
        """A sentence that no model has to think about."""
        event_id = self.out.aloud().event_id
        await self.ledger.keep(agent(message), event_id)
        self.out.say(message)

    # --- In its own tasks --------------------------------------------------------------------

    async def _run(self, after: int) -> None:
        try:
            await asyncio.sleep(GAP_SECONDS)
            if self._opening.past is None:
                await self.out.until_heard()
            self.out.repeat(after)
            await self._first()
            while (heard := await self._inbox.get()) is not None:
                await self.settled()
                await self._take_in(heard)
                self._answer_if_due(self._clock() - heard.at)
        except Gone:
            self._watcher.record_gone()
        except Exception as error:
            self._watcher.broke(error)

    async def _first(self) -> None:
        """Greet, or go on where another process has stopped."""
        first = self._speaker.brief.first_message
        if torn := self.ledger.torn():
            self._speak(self._mend(torn))
        elif first and not self.ledger.turns and self.answers:
            await self.say(first)
        self._answer_if_due(0.0)
        if not self.speaking:
            self._watcher.agent_is_done()

    async def _take_in(self, heard: _Heard) -> None:
        match heard.event:
            case wire.ContextualUpdate(text, context_id):
                self._updates.pop(context_id or f" {id(heard)}", None)
                await self.ledger.keep(told_by_page(text, context_id))
            case wire.UserMessage(text, file_ids):
                self._waiting -= 1
                files = await self._record.files(file_ids) if file_ids else []
                if len(files) < len(file_ids):
                    self.out.post(frames.error(1008, "value_error", NO_FILE))
                await self.ledger.keep(visitor(text, files))
                if heard.too_fast:
                    await self.say(TOO_FAST)

    def _answer_if_due(self, stored: float) -> None:
        """`stored`: seconds that it took to keep what is to be answered."""
        free = self.answers and self._inbox.empty() and not self.speaking
        if free and self.ledger.owes_an_answer:
            self._speak(self._give(self._speaker, list(self.ledger.turns)), stored)

    def _speak(self, deed: Coroutine[Any, Any, bool], stored: float = 0.0) -> None:
        self._watcher.agent_speaks()
        self._answer = Answer(self.out, self.ledger, self._record, self._clock, stored)
        self._answering = asyncio.create_task(self._spoken(deed, self._answer))

    async def _give(self, speaker: Speaker, turns: Sequence[Turn]) -> bool:
        """Answer; True when the agent has ended the conversation with it."""
        return await self._answer.give(speaker, turns) if self._answer else False

    async def _mend(self, calls: Sequence[ToolCall]) -> bool:
        """Calls that another process made and has no results of. The page is told again, with the
        same id, and runs none twice; whatever else was called is not called again.
        """
        kinds = {spec.name: spec.kind for spec in self._speaker.toolbox.specs}
        results = [
            await self._mended(call, kinds.get(call.name, ToolKind.CLIENT)) for call in calls
        ]
        await self.ledger.keep(Turn(Role.AGENT, tool_results=tuple(results)))
        for call in calls:
            self.out.forget_call(call.id)
        if not self.answers or not self._inbox.empty():
            return False
        return await self._give(self._speaker, list(self.ledger.turns))

    async def _mended(self, call: ToolCall, kind: ToolKind) -> ToolResult:
        if kind is not ToolKind.CLIENT or self._answer is None:
            return lost(call, kind)
        self._answer.in_tool = kind
        result = await self._speaker.toolbox.run(call)
        self._answer.in_tool = None
        return replace(result, call_id=call.id, name=call.name, kind=kind)

    def _go_on_in(self, language: str) -> None:
        brief = replace(self._speaker.brief, language=language)
        if self._opening.brief_in:
            brief = self._opening.brief_in(language)
        self._speaker = replace(self._speaker, brief=brief)

    async def _spoken(self, deed: Coroutine[Any, Any, bool], answer: Answer) -> None:
        try:
            ended = await deed
        except Gone:
            self._watcher.record_gone()
            return
        except Exception as error:
            self._watcher.broke(error)
            return
        if answer.language:
            self._go_on_in(answer.language)
        if ended:
            self.answers = False
            self._watcher.agent_ended()
        elif self._inbox.empty() and self.answers:
            self._watcher.agent_is_done()
