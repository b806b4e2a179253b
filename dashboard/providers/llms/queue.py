"""Who is next at a busy model: one gate for each backend in this process (DESIGN §5).

A gate lets so many requests stream at a time; the others wait in a bounded queue, visitors before
burst visitors before judges. Chats, REST and analysis ask from event loops of their own, so a gate
is shared between threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256
from weakref import WeakValueDictionary

from dashboard.engine.ports import LLM, Ask, ModelTrouble, Piece, Queued

from .backend import Backend

NOTICED = 0.001  # seconds; who waited less did not wait


class Priority(IntEnum):
    """Who goes first; who came first among the same."""

    NORMAL = 0
    BURST = 1
    JUDGE = 2


class Busy(ModelTrouble):
    """No turn was to be had; nothing was asked of the model."""


@dataclass(frozen=True)
class Room:
    """`at_once`: requests that may stream, 0 for any number; `places`: how many may wait;
    `patience`: seconds that each of them waits at most."""

    at_once: int = 0
    places: int = 200
    patience: float = 30.0


@dataclass(frozen=True)
class State:
    """For a gauge. `owner`: the workspace whose model it is; empty for the operator's."""

    name: str
    owner: str
    at_once: int
    running: int
    waiting_normal: int
    waiting_burst: int
    waiting_judges: int


@dataclass(eq=False)
class _Waiter:
    priority: Priority
    turn: asyncio.Future[None]
    has_turn: bool = False

    def tell(self, trouble: Busy | None = None) -> bool:
        """Wake it in its own loop; False when that loop is no more."""
        try:
            self.turn.get_loop().call_soon_threadsafe(_settle, self.turn, trouble)
        except RuntimeError:
            return False
        return True


class Gate:
    """The door of one backend. Leaving gives the turn to the next, exactly once."""

    def __init__(self, name: str, owner: str = "", room: Room = Room()) -> None:
        self.name = name
        self.owner = owner
        self._room = room
        self._running = 0
        self._lines: dict[Priority, deque[_Waiter]] = {each: deque() for each in Priority}
        self._lock = threading.Lock()

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[float]:
        """Wait for a turn and hold it; gives the seconds waited. Raises Busy."""
        waited = await self._enter(priority)
        try:
            yield waited
        finally:
            self._leave()

    def refit(self, room: Room) -> None:
        """Another limit from now on; who streams may finish."""
        with self._lock:
            self._room = room
            self._call_next()

    def state(self) -> State:
        with self._lock:
            waiting = [len(self._lines[each]) for each in Priority]
            return State(self.name, self.owner, self._room.at_once, self._running, *waiting)

    async def _enter(self, priority: Priority) -> float:
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._is_free():
                self._running += 1
                return 0.0
            waiter = _Waiter(priority, loop.create_future())
            self._line_up(waiter)
            patience = self._room.patience
        began = loop.time()
        try:
            async with asyncio.timeout(patience):
                await waiter.turn
        except TimeoutError:
            self._step_out(waiter)
            raise Busy(f"{self.name} was busy for more than {patience:g} seconds.") from None
        except BaseException:
            self._step_out(waiter)
            raise
        return loop.time() - began

    def _leave(self) -> None:
        with self._lock:
            self._running -= 1
            self._call_next()

    # --- Under the lock ------------------------------------------------------------------

    def _is_free(self) -> bool:
        """Whoever waits has been let in wherever that was possible: nobody is overtaken."""
        return not self._room.at_once or self._running < self._room.at_once

    def _line_up(self, waiter: _Waiter) -> None:
        """Take a place in the queue, if need be that of the last one who may wait longer."""
        full = sum(map(len, self._lines.values())) >= self._room.places
        if full:
            lines = [self._lines[each] for each in reversed(Priority) if each > waiter.priority]
            line = next((line for line in lines if line), None)
            if line is None:
                raise Busy(f"{self.name} is busy, and too many wait for it already.")
            line.pop().tell(Busy(f"{self.name} is busy, and others go first."))
        self._lines[waiter.priority].append(waiter)

    def _call_next(self) -> None:
        while self._is_free() and (line := next(filter(None, self._lines.values()), None)):
            waiter = line.popleft()
            if waiter.tell():
                waiter.has_turn = True
                self._running += 1

    def _step_out(self, waiter: _Waiter) -> None:
        """Leave the queue early; a turn that was just given goes on to the next."""
        with self._lock:
            if waiter.has_turn:
                self._running -= 1
                self._call_next()
            elif waiter in (line := self._lines[waiter.priority]):
                line.remove(waiter)


def _settle(turn: asyncio.Future[None], trouble: Busy | None) -> None:
    if turn.done():  # cancelled meanwhile: `_step_out` passes the turn on
        return
    if trouble:
        turn.set_exception(trouble)
    else:
        turn.set_result(None)


# --- Models behind gates -----------------------------------------------------------------------

_gates: WeakValueDictionary[str, Gate] = WeakValueDictionary()  # gone when nobody uses them
_registry = threading.Lock()


def gate_of(backend: Backend, room: Room) -> Gate:
    """The gate that everybody in this process shares who asks this backend with this key."""
    key = repr((backend.owner, backend.kind, backend.url, backend.model, backend.api_key))
    digest = sha256(key.encode()).hexdigest()
    with _registry:
        gate = _gates.get(digest)
        if gate is None:
            gate = _gates[digest] = Gate(backend.who, backend.owner, room)
    gate.refit(room)
    return gate


def state() -> list[State]:
    """Every gate that somebody uses at the moment, by name."""
    with _registry:
        gates = list(_gates.values())
    return sorted((gate.state() for gate in gates), key=lambda one: (one.owner, one.name))


@dataclass(frozen=True)
class Gated:
    """A model that is asked in turn: first `Queued`, where it had to wait, then its answer."""

    llm: LLM
    gate: Gate
    priority: Priority = Priority.NORMAL

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        async with turn_at(self) as turn:
            if turn.waited >= NOTICED:
                yield Queued(turn.waited)
            pieces = turn.llm.answer(ask)
            try:
                async for piece in pieces:
                    yield piece
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()

    def behind(self, priority: Priority) -> Gated:
        """The same model, for somebody who waits with this priority."""
        return replace(self, priority=priority)


@dataclass(frozen=True)
class Turn:
    """The model itself, and the seconds that were waited for it."""

    llm: LLM
    waited: float = 0.0


@asynccontextmanager
async def turn_at(llm: LLM) -> AsyncIterator[Turn]:
    """Hold a turn where the model has a gate. Raises Busy."""
    if not isinstance(llm, Gated):
        yield Turn(llm)
        return
    async with llm.gate.turn(llm.priority) as waited:
        yield Turn(llm.llm, waited)
