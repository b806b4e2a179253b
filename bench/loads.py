"""Loads of bench/live.py beyond the closed loop: starts, returns, visitors who take their time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from websockets.asyncio.client import ClientConnection

from . import progress
from .processes import Running
from .visitors import Stopwatch, ask_once, open_session, say_once
from .visits import Visit, shaken_hands

STARTERS = 50  # clients that connect at the same time
QUIET = 0.04  # of one processor: nothing is left to be done


@dataclass
class Started:
    """Seconds of each handshake, how long all of them took, and the server's CPU for them."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    lasted: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.lasted

    def ms(self, percent: int) -> float:
        return percentile(self.seconds, percent)


def percentile(seconds: Sequence[float], percent: int) -> float:
    """Milliseconds."""
    values = sorted(seconds)
    if not values:
        return float("nan")
    return 1000 * values[min(len(values) - 1, len(values) * percent // 100)]


async def start(servers: Sequence[Running], agent_id: str, count: int) -> Started:
    """So many conversations from a pool of clients; all stay open until the last has begun."""
    started, left = Started(), iter(range(count))
    sockets: list[ClientConnection] = []

    async def starter() -> None:
        for number in left:
            url = servers[number % len(servers)].url
            began = time.monotonic()
            try:
                sockets.append((await shaken_hands(url, {"agent_id": agent_id}))[0])
                started.seconds.append(time.monotonic() - began)
            except Exception:
                started.errors += 1
            progress.show("starting", len(started.seconds) / count)

    spent, began = cpu_of(servers), time.monotonic()
    await asyncio.gather(*(starter() for _ in range(STARTERS)))
    started.lasted = time.monotonic() - began
    started.cpu = cpu_of(servers) - spent
    await asyncio.gather(*(socket.close() for socket in sockets))
    return started


@dataclass
class Returned:
    """Seconds until a returned visitor has the metadata, and what was missed."""

    metadata: list[float] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)
    errors: int = 0


async def come_back(here: Running, there: Running, agent_id: str, count: int) -> Returned:
    """Vanish in the middle of an answer; return at once, to `there`, and hear the rest of it."""
    returned, gate = Returned(), asyncio.Semaphore(STARTERS)

    async def one() -> None:
        visit = Visit(agent_id)
        async with gate:
            try:
                await visit.begin(here.url)
                await visit.hear_final()  # the greeting
                await visit.say("How are you?")
                await visit.hear_something()
                await visit.vanish()
                began = time.monotonic()
                await visit.come_back(there.url)
                returned.metadata.append(time.monotonic() - began)
                whole = await visit.hear_something()
                returned.missed.append(time.monotonic() - began)
                if not whole:
                    await visit.hear_final()
            except Exception:
                returned.errors += 1
            await visit.leave()

    async def all_of_them() -> None:
        for done, each in enumerate(asyncio.as_completed([one() for _ in range(count)])):
            await each
            progress.show("coming back", (done + 1) / count)

    await all_of_them()
    return returned


async def unhurried(
    server: Running, agent_id: str, sessions: int, every: float, rounds: int
) -> tuple[Stopwatch, float]:
    """Each visitor says something every so many seconds, spread evenly over them.

    Gives the stopwatch and the server's CPU seconds; opening counts for neither.
    """
    sockets = await opened(server.url, agent_id, sessions)
    watch, spent = Stopwatch(), server.cpu_seconds()
    async with progress.lasting(f"{sessions} unhurried visitors", every * rounds):
        await _in_turn(sessions, every, rounds, lambda at, turn: say_once(sockets[at], watch))
    spent = server.cpu_seconds() - spent
    await asyncio.gather(*(socket.close() for socket in sockets))
    return watch, spent


async def unhurried_model(url: str, sessions: int, every: float, rounds: int) -> Stopwatch:
    """The floor: the same client asks the model itself, as often."""
    watch = Stopwatch()
    limits = httpx.Limits(max_connections=sessions)
    async with (
        httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client,
        progress.lasting("the model alone", every * rounds),
    ):
        await _in_turn(sessions, every, rounds, lambda at, turn: ask_once(client, url, watch))
    return watch


async def _in_turn(
    sessions: int, every: float, rounds: int, deed: Callable[[int, int], object]
) -> None:
    """`deed(who, round)` for each visitor in each round, evenly spread over it."""
    began = time.monotonic()

    async def visitor(at: int) -> None:
        for turn in range(rounds):
            due = began + every * (turn + at / sessions)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await deed(at, turn)  # type: ignore[misc]  # a coroutine

    await asyncio.gather(*(visitor(at) for at in range(sessions)))


async def opened(url: str, agent_id: str, sessions: int) -> list[ClientConnection]:
    sockets: list[ClientConnection] = []
    for at in range(0, sessions, STARTERS):
        some = min(STARTERS, sessions - at)
        sockets += await asyncio.gather(*(open_session(url, agent_id) for _ in range(some)))
        progress.show("opening", len(sockets) / sessions)
    await asyncio.sleep(0.5)  # greetings are over
    return sockets


def cpu_of(servers: Sequence[Running]) -> float:
    return sum(server.cpu_seconds() for server in servers)


async def quiet(servers: Sequence[Running], longest: float = 120) -> float:
    """Wait until what was left behind (analyses) is done; the CPU seconds that it took."""
    first = last = cpu_of(servers)
    until = time.monotonic() + longest
    calm = 0
    while calm < 3 and time.monotonic() < until:
        await asyncio.sleep(0.5)
        now = cpu_of(servers)
        calm = calm + 1 if now - last <= 0.5 * QUIET * len(servers) + 0.02 else 0
        last = now
    return last - first
