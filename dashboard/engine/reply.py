"""A speaker answers: look into the library, speak, use tools, speak again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import count

from . import page_context, system_tools, window
from .events import (
    ContextUsed,
    Delta,
    Ended,
    Event,
    Failed,
    Searched,
    ToolFinished,
    ToolStarted,
    TurnTaken,
    Waited,
)
from .hush import Hush
from .ports import LLM, Ask, Enclosure, ModelTrouble, Piece, Queued, Said, Speaker
from .turns import Excerpt, Role, ToolCall, ToolKind, ToolResult, ToolSpec, Turn, Usage


async def reply(
    speaker: Speaker, turns: Sequence[Turn], hush: Hush | None = None
) -> AsyncGenerator[Event, None]:
    """Answer the last turn: deltas first, then the turn that holds them; nothing after `Ended`.

    When `hush` is asked for, the answer stops: between pieces, or after the tool that is running,
    never in the middle of one. What had been yielded as deltas is kept as an interrupted turn.
    """
    hush = hush or Hush()
    heard = list(turns)
    found: tuple[Excerpt, ...] = ()
    if speaker.library and (question := last_question(heard)):
        found = tuple(await speaker.library.find(question))
        yield Searched(question, found)
    enclosures = await _opened(speaker, heard)
    for _ in range(speaker.brief.max_steps):
        step = _Step(speaker, tuple(heard), _Known(found, enclosures), hush)
        async with aclosing(step.take()) as events:
            async for event in events:
                if isinstance(event, TurnTaken):
                    heard.append(event.turn)
                yield event
        if step.last:
            return
    yield Delta(speaker.brief.stuck_message)
    yield TurnTaken(Turn(Role.AGENT, speaker.brief.stuck_message))


def last_question(turns: Sequence[Turn]) -> str:
    """What the visitor said last; empty when nobody has said anything, or files came alone."""
    for turn in reversed(turns):
        if turn.role is Role.VISITOR and turn.context is None and (turn.message or turn.files):
            return turn.message or ""
    return ""


async def _opened(speaker: Speaker, turns: Sequence[Turn]) -> tuple[Enclosure, ...]:
    """The visitor's files, where the speaker can open any."""
    files = [file for turn in turns for file in turn.files]
    return tuple(await speaker.files.open(files)) if speaker.files and files else ()


@dataclass(frozen=True)
class _Known:
    """What was looked up for this answer."""

    found: tuple[Excerpt, ...]
    enclosures: tuple[Enclosure, ...]


@dataclass
class _Step:
    """One round with the model: what it said and called, and whether the reply ends with it."""

    speaker: Speaker
    heard: tuple[Turn, ...]
    known: _Known
    hush: Hush
    said: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    usage: Usage | None = None
    last: bool = False

    async def take(self) -> AsyncGenerator[Event, None]:
        try:
            async with aclosing(self._speak()) as deltas:
                async for delta in deltas:
                    yield delta
        except ModelTrouble as trouble:
            for event in self._apologise(trouble.reason):
                yield event
            return
        if self.hush.asked:
            self.last = True
            if self.said:
                yield TurnTaken(replace(self._turn(), tool_calls=(), interrupted=True))
        elif self.calls:
            async with aclosing(self._use_tools()) as events:
                async for event in events:
                    yield event
        elif self.said:
            self.last = True
            yield TurnTaken(self._turn())
        else:
            for event in self._apologise("The model answered with nothing."):
                yield event

    async def _speak(self) -> AsyncGenerator[Event, None]:
        ask = self._ask()
        async with aclosing(_until_hushed(self.speaker.llm, ask, self.hush)) as pieces:
            async for piece in pieces:
                match piece:
                    case Said(text) if text:
                        self.said += text
                        yield Delta(text)
                    case ToolCall():
                        self.calls.append(self._own(piece))
                    case Usage():
                        self.usage = piece
                    case Queued(seconds):
                        yield Waited(seconds)
        if self.usage or self.said or self.calls:
            self.usage = self._counted(ask)
            if used := self.usage.input_tokens:
                yield ContextUsed(self.usage.model, used, self.speaker.brief.context_tokens)
        silent = not self.said and not self.hush.asked
        if silent and (farewell := _farewell(self.calls, ask.tools)):
            self.said = farewell
            yield Delta(farewell)

    def _ask(self) -> Ask:
        """Everything that the model has to know, as far as it can read it all."""
        brief = self.speaker.brief
        whole = Ask(
            brief.instructions,
            tuple(turn for turn in self.heard if turn.context is None),
            tuple(self.speaker.toolbox.specs),
            found=self.known.found,
            context=page_context.latest(self.heard),
            enclosures=self.known.enclosures,
            temperature=brief.temperature,
            max_tokens=brief.max_tokens,
            extra_body=brief.extra_body,
        )
        return window.fit(whole, brief.context_tokens, window.calibration(self.heard))

    def _counted(self, ask: Ask) -> Usage:
        """The tokens of this call, guessed where the model has told none."""
        expected = window.size(ask)
        scale = window.calibration(self.heard)
        said = Turn(Role.AGENT, self.said, tuple(self.calls))
        guess = Usage("", round(expected * scale), round(window.tokens_in(said) * scale))
        return window.counted(self.usage, self.speaker.brief.model, expected, guess)

    def _own(self, call: ToolCall) -> ToolCall:
        """The call with an id that no other call of this conversation has."""
        taken = {c.id for turn in self.heard for c in turn.tool_calls} | {c.id for c in self.calls}
        if call.id and call.id not in taken:
            return call
        numbered = (f"{call.name}_{number}" for number in count(len(taken) + 1))
        return replace(call, id=next(own for own in numbered if own not in taken))

    def _turn(self) -> Turn:
        return Turn(
            Role.AGENT,
            self.said or None,
            tuple(self.calls),
            sources=self.known.found,
            usage=self.usage,
        )

    def _apologise(self, reason: str) -> list[Event]:
        self.last = True
        sorry = self.speaker.brief.trouble_message
        more = f"\n\n{sorry}" if self.said else sorry
        self.said += more
        self.calls.clear()
        return [Failed(reason), Delta(more), TurnTaken(self._turn())]

    async def _use_tools(self) -> AsyncGenerator[Event, None]:
        yield TurnTaken(self._turn())
        results: list[ToolResult] = []
        meaning: Ended | None = None
        for call in self.calls:
            async with aclosing(self._use(call, results)) as events:
                async for event in events:
                    if isinstance(event, Ended):
                        meaning = event
                    else:
                        yield event
        yield TurnTaken(Turn(Role.AGENT, tool_results=tuple(results)))
        self.last = meaning is not None or self.hush.asked or any(map(skips, results))
        if meaning:
            yield meaning

    async def _use(self, call: ToolCall, results: list[ToolResult]) -> AsyncGenerator[Event, None]:
        """Run one tool, or say why not; exactly one result is added."""
        spec = next((s for s in self.speaker.toolbox.specs if s.name == call.name), None)
        if spec is None:
            results.append(_error(call, f"There is no tool named {call.name}."))
            return
        if self.hush.asked:
            output = "Not run: the visitor cut in."
            results.append(ToolResult(call.id, call.name, output, unanswered=True, kind=spec.kind))
            return
        if call.garbled is not None:
            results.append(_error(call, "The arguments were not a JSON object.", spec.kind))
            return
        yield ToolStarted(call, spec)
        event: Event | None = None
        if spec.kind is ToolKind.SYSTEM:
            result, event = system_tools.carry_out(call, spec)
        else:
            result = await self._run(call, spec)
        results.append(result)
        yield ToolFinished(result)
        if event:
            yield event

    async def _run(self, call: ToolCall, spec: ToolSpec) -> ToolResult:
        """The tool's result. One that breaks must not leave its call on record without any."""
        try:
            result = await self.speaker.toolbox.run(call)
        except Exception as error:
            return _error(call, f"The tool broke off ({type(error).__name__}).", spec.kind)
        return replace(result, call_id=call.id, name=call.name, kind=spec.kind)


def _error(call: ToolCall, output: str, kind: ToolKind = ToolKind.CLIENT) -> ToolResult:
    return ToolResult(call.id, call.name, output, is_error=True, kind=kind)


def skips(result: ToolResult) -> bool:
    """Whether with this result the agent has chosen to say nothing."""
    done = not (result.is_error or result.unanswered)
    return done and result.kind is ToolKind.SYSTEM and result.name == system_tools.SKIP_TURN


def _farewell(calls: Sequence[ToolCall], specs: Sequence[ToolSpec]) -> str:
    """What is said with an `end_call`, where the speaker has that tool."""
    names = {spec.name for spec in specs if spec.kind is ToolKind.SYSTEM}
    ends = [c for c in calls if c.name == system_tools.END_CALL and c.name in names]
    said = (call.arguments.get("message") for call in ends)
    return next((text for text in said if isinstance(text, str) and text), "")


async def _until_hushed(llm: LLM, ask: Ask, hush: Hush) -> AsyncGenerator[Piece, None]:
    """The model's pieces, until they end or the visitor cuts in, even while the model hangs."""
    mailbox: asyncio.Queue[Piece | BaseException | None] = asyncio.Queue()
    if hush.asked:
        return
    pump = asyncio.create_task(_pump(llm.answer(ask), mailbox))
    with hush.waking(lambda: mailbox.put_nowait(None)):
        try:
            while (piece := await mailbox.get()) is not None and not hush.asked:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)


async def _pump(
    pieces: AsyncIterator[Piece], mailbox: asyncio.Queue[Piece | BaseException | None]
) -> None:
    try:
        async for piece in pieces:
            mailbox.put_nowait(piece)
    except Exception as trouble:  # handed over, and raised by whoever reads the mailbox
        mailbox.put_nowait(trouble)
    finally:
        mailbox.put_nowait(None)  # also when a model's own code cancels the task
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
