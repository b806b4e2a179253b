"""Live conversations under load: `python -m bench.live [--seconds 10] [--quick] [--only PART]`.

A fixed local model (first token after 50 ms, 20 tokens, 10 ms apart), every turn stored. Beside
each figure, in the same run: the same client asking the model itself, and a bare `websockets`
server that streams the same frames and stores nothing. The load client shares the machine.

Parts: busy, idle, everything, starts, returns, unhurried, two (PostgreSQL, Redis, two processes).
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import uvloop

from tests.surroundings import Missing

from . import agents, loads
from .loads import percentile
from .processes import House, Running, bare_server, machine_seconds, model_stub, parley, scaled
from .visitors import Stopwatch, ask_model, busy

FIRST_MS, TOKENS, GAP_MS = 50, 20, 10
HEADER = (
    "sessions  server      first p50  first p95  final p50  final p95  turns/s  CPU ms/turn  errors"
)


@dataclass(frozen=True)
class Bench:
    """What is measured, beside what, and for how long."""

    ours: Running
    bare: Running
    model: Running
    plain: str
    full: str
    seconds: float
    quick: bool

    def size(self, usual: int, quick: int) -> int:
        return quick if self.quick else usual


def row(sessions: int, name: str, watch: Stopwatch, rate: float, cpu: float | None) -> None:
    figures = [watch.ms("first", 50), watch.ms("first", 95), watch.ms("final", 50)]
    figures.append(watch.ms("final", 95))
    cells = "".join(f"{value:11.0f}" for value in figures)
    spent = "            –" if cpu is None else f"{cpu:13.1f}"
    print(f"{sessions:8}  {name:10}{cells}{rate:9.1f}{spent}{watch.errors:8}", flush=True)


async def in_a_closed_loop(bench: Bench) -> None:
    """Visitors who write again as soon as they are answered."""
    print(HEADER)
    for sessions in (1, 20) if bench.quick else (1, 50, 200):
        floor = await _floor(bench, sessions)
        bare, url = bench.bare, [bench.bare.url]
        reference = await busy(url, "bare", sessions, bench.seconds, bare.cpu_seconds)
        row(sessions, "bare", *reference)
        ours = await _busy(bench, sessions, bench.plain)
        row(sessions, "parley", *ours)
        _compare(ours, reference[1], floor)


async def everything(bench: Bench) -> None:
    """Variables, a tool, context usage, parts; and what the analyses cost afterwards."""
    sessions = bench.size(50, 20)
    print(HEADER)
    floor = await _floor(bench, sessions)
    plain = await _busy(bench, sessions, bench.plain)
    row(sessions, "plain", *plain)
    await loads.quiet([bench.ours])
    full = await _busy(bench, sessions, bench.full)
    row(sessions, "everything", *full)
    _compare(full, plain[1], floor, "plain")
    judged = await loads.quiet([bench.ours])
    print(f"          analysis: {1000 * judged / sessions:.0f} CPU ms for each that has ended")


async def idle(bench: Bench) -> None:
    """KiB for each session that is open and says nothing."""
    sessions = bench.size(2000, 200)
    bare = await _resting(bench.bare, "bare", sessions)
    ours = await _resting(bench.ours, bench.plain, sessions)
    print(f"{sessions:8}  idle: {ours:.0f} KiB a session; bare {bare:.0f}; {ours / bare:.1f} times")


async def starts(bench: Bench) -> None:
    print("  starts  server       starts/s   p50 ms   p95 ms  CPU ms each  errors")
    count = bench.size(1000, 200)
    bare = await loads.start([bench.bare], "bare", count)
    start_row("bare", bare)
    ours = await loads.start([bench.ours], bench.plain, count)
    start_row("parley", ours)
    print(f"          starts/s {ours.rate / bare.rate:.2f} of bare (SQLite, one process)")
    await loads.quiet([bench.ours])


async def returns(bench: Bench) -> None:
    print(" returns  to                metadata p50  p95    missed p50  p95 ms  errors")
    return_row("same server", await _returns(bench.ours, bench.ours, bench))
    await loads.quiet([bench.ours])


async def unhurried(bench: Bench) -> None:
    """As visitors are: a message now and then."""
    sessions, every = bench.size(500, 100), 10.0
    rounds = bench.size(3, 1)
    print(HEADER)
    floor = await loads.unhurried_model(bench.model.url, sessions, every, rounds)
    row(sessions, "model", floor, len(floor.final) / (every * rounds), None)
    watch, spent = await loads.unhurried(bench.ours, bench.full, sessions, every, rounds)
    turns = max(1, len(watch.final))
    row(sessions, "parley", watch, turns / (every * rounds), 1000 * spent / turns)
    added = watch.ms("first", 95) - floor.ms("first", 95)
    print(f"          a turn every {every:g} s: first delta {added:+.0f} ms at p95 over the model")
    await loads.quiet([bench.ours])


async def two(bench: Bench) -> None:
    """One and two processes on PostgreSQL and Redis; who uses the processors."""
    try:
        with scaled(bench.model.url, 2) as house:
            await _on_both(bench, house)
    except Missing as what:
        print(f"          left out: no {what}")


async def _on_both(bench: Bench, house: House) -> None:
    agent_id = agents.full(house.servers[0])
    sessions = bench.size(50, 20)
    others = [house.worker] if house.worker else []
    rates = []
    print(HEADER)
    for servers in (house.servers[:1], house.servers):
        urls = [server.url for server in servers]
        parts = {"client": time.process_time, "model": bench.model.cpu_seconds}
        parts |= {server.name: server.cpu_seconds for server in servers}
        parts |= {one.name: one.cpu_seconds for one in others}
        parts["whole machine"] = machine_seconds
        before, began = {name: spent() for name, spent in parts.items()}, time.monotonic()
        found = await busy(
            urls, agent_id, sessions, bench.seconds, lambda of=servers: loads.cpu_of(of)
        )
        lasted = time.monotonic() - began
        row(sessions, f"{len(servers)} × scaled", *found)
        used = {name: (spent() - before[name]) / lasted for name, spent in parts.items()}
        shares = ", ".join(f"{name} {share:.2f}" for name, share in used.items())
        print(f"          processors used: {shares}")
        rates.append(found[1])
        await loads.quiet([*house.servers, *others])
    print(f"          two processes: {rates[1] / rates[0]:.2f} times the turns of one")
    print("  starts  server       starts/s   p50 ms   p95 ms  CPU ms each  errors")
    for servers in (house.servers[:1], house.servers):
        count = bench.size(1000, 200)
        start_row(f"{len(servers)} × scaled", await loads.start(servers, agent_id, count))
        await loads.quiet([*house.servers, *others])
    print(" returns  to                metadata p50  p95    missed p50  p95 ms  errors")
    one, other = house.servers
    return_row("same server", await _returns(one, one, bench, agent_id))
    return_row("other server", await _returns(one, other, bench, agent_id))


async def _returns(
    here: Running, there: Running, bench: Bench, agent_id: str = ""
) -> loads.Returned:
    return await loads.come_back(here, there, agent_id or bench.full, bench.size(200, 50))


def start_row(name: str, started: loads.Started) -> None:
    count = len(started.seconds)
    cells = f"{started.rate:10.0f}{started.ms(50):9.0f}{started.ms(95):9.0f}"
    cpu = 1000 * started.cpu / max(1, count)
    print(f"{count:8}  {name:11}{cells}{cpu:13.1f}{started.errors:8}", flush=True)


def return_row(name: str, returned: loads.Returned) -> None:
    told, missed = returned.metadata, returned.missed
    cells = f"{percentile(told, 50):12.0f}{percentile(told, 95):6.0f}"
    cells += f"{percentile(missed, 50):12.0f}{percentile(missed, 95):6.0f}"
    print(f"{len(missed):8}  {name:17}{cells}{returned.errors:11}", flush=True)


async def _floor(bench: Bench, sessions: int) -> Stopwatch:
    seconds = min(bench.seconds, 5)
    floor = await ask_model(bench.model.url, sessions, seconds)
    row(sessions, "model", floor, len(floor.final) / seconds, None)
    return floor


async def _busy(bench: Bench, sessions: int, agent_id: str) -> tuple[Stopwatch, float, float]:
    ours = bench.ours
    return await busy([ours.url], agent_id, sessions, bench.seconds, ours.cpu_seconds)


def _compare(
    ours: tuple[Stopwatch, float, float], rate: float, floor: Stopwatch, beside: str = "bare"
) -> None:
    added = ours[0].ms("first", 50) - floor.ms("first", 50)
    print(
        f"          turns/s {ours[1] / rate:.2f} of {beside}; "
        f"first delta {added:+.0f} ms over the model alone"
    )


async def _resting(server: Running, agent_id: str, sessions: int) -> float:
    warm = await loads.opened(server.url, agent_id, 20)
    await asyncio.sleep(1)
    before = server.memory_kb()
    sockets = warm + await loads.opened(server.url, agent_id, sessions)
    await asyncio.sleep(2)
    used = server.memory_kb() - before
    await asyncio.gather(*(socket.close() for socket in sockets))
    return used / sessions


PARTS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "busy": in_a_closed_loop,
    "everything": everything,
    "unhurried": unhurried,
    "starts": starts,
    "returns": returns,
    "two": two,
    "idle": idle,
}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--quick", action="store_true", help="fewer sessions, shorter")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS))
    options = parser.parse_args()
    pace = (FIRST_MS, TOKENS, GAP_MS)
    with model_stub(*pace) as model, bare_server(*pace) as bare, parley(model.url) as ours:
        made = agents.plain(ours), agents.full(ours)
        seconds = min(options.seconds, 4) if options.quick else options.seconds
        bench = Bench(ours, bare, model, *made, seconds, options.quick)
        for name in options.only:
            print(f"\n-- {name}", flush=True)
            await PARTS[name](bench)


if __name__ == "__main__":
    uvloop.run(main())
