"""`make soak`: many visitors for a while, and afterwards every count has to agree.

    python -m bench.soak [--sessions 500] [--minutes 10] [--every 10] [--embedded]

Two servers and a worker on PostgreSQL and Redis (`--embedded`: one process on SQLite). Visitors
come, write about every ten seconds, vanish in the middle of an answer and return to either server,
leave, and others come. Then what each of them has seen is compared with the database, turn by
turn; the memory of each process was noted all along. Exit code 1 when anything disagrees.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

import orjson
import uvloop

from tests.surroundings import Missing

from . import agents, progress
from .processes import House, Running, manage, model_stub, parley_house, scaled
from .visits import Visit

RETURNS = 0.15  # of the messages: the visitor vanishes, and comes back
SAMPLE_SECONDS = 10.0
GROWTH = 1.10  # from the second quarter to the last: more is a leak, in soaks of 5 minutes and more
SETTLED_SECONDS = 180.0
FACTS = """
import json
from dashboard.conversations.models import Conversation, StoredTurn
turns = StoredTurn.objects.filter(message__isnull=False).order_by('conversation', 'number')
told = {pk: [] for pk in Conversation.objects.values_list('pk', flat=True)}
for pk, role, event_id, message in turns.values_list('conversation', 'role', 'event_id', 'message'):
    told[pk].append([role, event_id, message])
rows = Conversation.objects.values_list('pk', 'status')
talking, starting = Conversation.objects.talking(), Conversation.objects.starting()
places = talking.count() + starting.count()
print(json.dumps({'status': dict(rows), 'told': told, 'places': places}))
"""


@dataclass
class Soak:
    """What happens, noted by the visitors themselves."""

    house: House
    agent_id: str
    every: float
    until: float
    visits: list[Visit] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    returned: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # a load

    def anywhere(self) -> str:
        return self.chance.choice(self.house.servers).url

    def goes_on(self) -> bool:
        return time.monotonic() < self.until

    async def chair(self, wait: float) -> None:
        """One visitor after the other."""
        await asyncio.sleep(wait)
        while self.goes_on():
            visit = Visit(self.agent_id)
            try:
                await visit.begin(self.anywhere())
                self.visits.append(visit)
                await self._stay(visit)
                await visit.leave()
            except Exception as error:
                self.errors[f"{type(error).__name__}: {error}"[:120]] += 1
                await asyncio.sleep(1)

    async def _stay(self, visit: Visit) -> None:
        await visit.hear_final()  # the greeting
        for number in range(self.chance.randint(3, 15)):
            await visit.rest(self.every * self.chance.uniform(0.5, 1.5))
            if not self.goes_on():
                return
            await visit.say(f"Message {number + 1} of {visit.conversation_id}")
            whole = False
            if self.chance.random() < RETURNS:
                whole = await visit.hear_something()
                await visit.vanish()
                await asyncio.sleep(self.chance.uniform(0, 2))
                await visit.come_back(self.anywhere())
                self.returned += 1
            if not whole:
                await visit.hear_final()


@dataclass
class Memory:
    """MiB of each process, every ten seconds."""

    processes: list[Running]
    samples: dict[str, list[float]] = field(default_factory=dict)

    async def watch(self, seconds: float) -> None:
        while True:
            for one in self.processes:
                self.samples.setdefault(one.name, []).append(one.memory_kb() / 1024)
            await asyncio.sleep(seconds)

    def lines(self, seconds: float) -> Iterator[str]:
        for name, values in self.samples.items():
            slope = _slope(values[len(values) // 4 :]) * 60 / seconds
            drawn = _sparkline(values)
            span = f"{values[0]:.0f} … {values[-1]:.0f} MiB"
            yield f"  {name:10} {drawn}  {span}, {slope:+.2f} MiB a minute"

    def grown(self) -> list[str]:
        """Those that need clearly more at the end than when everybody had come."""
        found = []
        for name, values in self.samples.items():
            quarter = len(values) // 4
            early, late = values[quarter : 2 * quarter], values[-quarter:]
            if quarter and sum(late) > GROWTH * sum(early):
                found.append(name)
        return found


def _sparkline(values: list[float], width: int = 40) -> str:
    step = max(1.0, len(values) / width)
    shown = [values[int(at * step)] for at in range(min(width, len(values)))]
    low, high = min(shown), max(shown)
    span = max(high - low, 1.0)
    return "".join("▁▂▃▄▅▆▇█"[int(7 * (value - low) / span)] for value in shown)


def _slope(values: list[float]) -> float:
    """Of the straight line that fits best, in units a sample."""
    count = len(values)
    if count < 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    over = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return over / sum((at - middle) ** 2 for at in range(count))


# --- Afterwards --------------------------------------------------------------------------------


def wrong(soak: Soak, kept: dict) -> list[str]:
    """Everything in which the visitors and the database disagree."""
    found = [f"{count} × {words}" for words, count in soak.errors.items()]
    seen = {visit.conversation_id for visit in soak.visits}
    told = kept["told"]
    if len(seen) != len(soak.visits) or seen != set(told):
        found.append(f"{len(soak.visits)} visits, {len(told)} conversations")
    unequal = 0
    for visit in soak.visits:
        rows = told.get(visit.conversation_id, [])
        finals = [(event_id, text) for role, event_id, text in rows if role == "agent"]
        said = [text for role, _, text in rows if role == "user"]
        unequal += finals != sorted(visit.seen.items()) or said != visit.said
    if unequal:
        found.append(f"{unequal} conversations differ from what their visitors saw")
    if doubled := sum(visit.doubled for visit in soak.visits):
        found.append(f"{doubled} answers came twice")
    if kept["places"]:
        found.append(f"{kept['places']} places are still taken")
    statuses = Counter(kept["status"].values())
    found += [f"{n} conversations are {name}" for name, n in statuses.items() if name != "done"]
    return found


async def settled(house: House) -> dict:
    """The database, once every conversation is judged, or will not be."""
    until = time.monotonic() + SETTLED_SECONDS
    while True:
        told = await asyncio.to_thread(manage, house.settings, "shell", "-v0", "-c", FACTS)
        kept: dict = orjson.loads(told)
        left = sum(status not in ("done", "failed") for status in kept["status"].values())
        if not left or time.monotonic() > until:
            return kept
        progress.show("judging", 1 - left / len(kept["status"]), f"{left} left")
        await asyncio.sleep(2)


def logged(log: IO[str]) -> Counter[str]:
    """What the processes had to complain about."""
    log.seek(0)
    found: Counter[str] = Counter()
    for line in log:
        try:
            entry = orjson.loads(line)
        except ValueError:
            continue
        if entry.get("level") in ("error", "critical"):
            found[f"log: {entry.get('event')} ({entry.get('error', '')})"[:120]] += 1
    return found


def report(soak: Soak, memory: Memory, kept: dict, sample: float) -> None:
    turns = sum(len(visit.seen) for visit in soak.visits)
    said = sum(len(visit.said) for visit in soak.visits)
    rows = sum(map(len, kept["told"].values()))
    print(f"  {len(soak.visits)} visits, {len(kept['told'])} conversations in the database")
    print(f"  {said} messages and {turns} answers seen, {rows} turns in the database")
    print(f"  {soak.returned} returns in the middle of an answer")
    print(f"  places taken afterwards: {kept['places']}")
    for line in memory.lines(sample):
        print(line)


async def run(house: House, log: IO[str], options: argparse.Namespace) -> int:
    seconds, sessions = 60 * options.minutes, options.sessions
    soak = Soak(house, agents.full(house.servers[0]), options.every, time.monotonic() + seconds)
    memory = Memory([*house.servers, *([house.worker] if house.worker else [])])
    sample = min(SAMPLE_SECONDS, seconds / 20)
    watching = asyncio.create_task(memory.watch(sample))
    ramp = min(seconds / 5, sessions / 20)
    async with progress.lasting(f"{sessions} visitors", seconds):
        chairs = [soak.chair(ramp * at / sessions) for at in range(sessions)]
        await asyncio.gather(*chairs)
    watching.cancel()
    kept = await settled(house)
    soak.errors.update(logged(log))
    report(soak, memory, kept, sample)
    trouble = wrong(soak, kept)
    if options.minutes >= 5:
        trouble += [f"the memory of {name} grows" for name in memory.grown()]
    for words in trouble:
        print(f"  WRONG: {words}")
    print("soak: all counts agree" if not trouble else f"soak: {len(trouble)} things are wrong")
    return 1 if trouble else 0


@contextmanager
def _house(model_url: str, log: IO[str], embedded: bool) -> Iterator[House]:
    if embedded:
        with parley_house(model_url, log) as house:
            yield house
        return
    with scaled(model_url, 2, log) as house:
        yield house


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=float, default=10, help="seconds between messages")
    parser.add_argument("--embedded", action="store_true", help="one process on SQLite")
    options = parser.parse_args()
    try:
        with (
            tempfile.TemporaryFile("w+") as log,
            model_stub(50, 20, 10) as model,
            _house(model.url, log, options.embedded) as house,
        ):
            return uvloop.run(run(house, log, options))
    except Missing as what:
        sys.exit(f"soak: no {what}")


if __name__ == "__main__":
    sys.exit(main())
