"""Pages talk while their installation is taken apart; afterwards nothing may be lost or doubled."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.stand_ins.service import Asked, Reply, Service, service

from .house import House, Program
from .ledger import OPEN, Finding, kept_in, reckon
from .page import GREETING, Break, Page, Seen

CHARGE_SECONDS = 0.3
BLAME_SECONDS = 45.0
HEALING_SECONDS = 120.0

KILL, STOP, PAUSE = "kill -9 a server", "SIGTERM a server", "pause a server"
CUT, DATABASE = "cut sockets", "cut database lines"
WORKER, REDIS = "kill -9 the worker", "kill -9 Redis"
HANG_UP = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


Deed = Callable[[Program], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Plan:
    """`deeds`: the disturbances in their order; seconds in between; seconds that a pause takes."""

    deeds: Sequence[str]
    pages: int
    seed: int
    between: tuple[float, float] = (0.4, 2.5)
    pauses: tuple[float, ...] = (3.0, 20.0)
    think_seconds: float = 0.6


@dataclass
class Report:
    """What was done, how the pages got over it, and what was wrong afterwards."""

    done: Counter[str]
    seen: list[Seen]
    findings: list[Finding]
    stops: list[float]  # seconds that orderly stops took

    def resumed(self, kind: str) -> list[float]:
        """Milliseconds from a page's noticing to its conversation going on."""
        breaks = [each for one in self.seen for each in one.breaks if each.kind == kind]
        return sorted(1000 * each.seconds for each in breaks if each.back)

    def slowest(self, count: int) -> list[tuple[str, Break]]:
        """The breaks that took longest to mend, with their conversations."""
        breaks = [(one.conversation_id, each) for one in self.seen for each in one.breaks]
        return sorted(breaks, key=lambda pair: -pair[1].seconds)[:count]


@dataclass
class Till:
    """The customer's system behind the webhook: it counts what it was asked, by message."""

    charges: Counter[str] = field(default_factory=Counter)

    def __call__(self, asked: Asked) -> Reply:
        tag = str(asked.json.get("message", ""))
        self.charges[tag] += 1
        return Reply(200, {"charged": tag}, after=CHARGE_SECONDS)


class Drill:
    """`tell` hears how it goes on."""

    def __init__(self, house: House, plan: Plan, tell: Callable[[str], None]) -> None:
        self._house, self._plan, self._tell = house, plan, tell
        self._chance = random.Random(plan.seed)
        self._done: Counter[str] = Counter()
        self._blame: list[tuple[float, str, str]] = []  # when, what, which server
        self._healing: set[asyncio.Task[None]] = set()
        self._pages: list[Page] = []

    async def run(self, till: Till, there: Service) -> Report:
        """The whole drill. The house's servers must be allowed to call `there`."""
        await self._house.start()
        agent_id = self._house.agent(agent(there.url))
        over = asyncio.Event()
        self._pages = [self._page(number, agent_id) for number in range(self._plan.pages)]
        talking = [asyncio.create_task(page.live(over)) for page in self._pages]
        try:
            await asyncio.sleep(1)
            for number, kind in enumerate(self._plan.deeds, start=1):
                what = await self._disturb(kind)
                self._tell(f"{number} of {len(self._plan.deeds)}: {what}")
                await asyncio.sleep(self._chance.uniform(*self._plan.between))
            await asyncio.gather(*self._healing)
            self._tell("all is up again; the visitors finish")
            over.set()
            await asyncio.gather(*talking)
        finally:
            for task in (*talking, *self._healing):
                task.cancel()
        await self._all_ended()
        seen = [one for page in self._pages for one in page.seen]
        findings = reckon(seen, kept_in(self._house.rows), till.charges)
        stops = [seconds for server in self._house.servers for seconds in server.exits]
        return Report(self._done, seen, findings, stops)

    def _page(self, number: int, agent_id: str) -> Page:
        urls = [server.url for server in self._house.servers]
        chance = random.Random(self._plan.seed * 1000 + number)
        page = Page(f"v{number}", agent_id, urls, self._blamed, chance)
        page.returning = number % 4 != 3  # every fourth is a client that cannot come back
        page.think_seconds = self._plan.think_seconds
        return page

    async def _all_ended(self) -> None:
        self._tell("waiting until every conversation has ended")
        until = time.monotonic() + HEALING_SECONDS
        while time.monotonic() < until:
            if not self._house.rows.all(OPEN)[0][0]:
                return
            await asyncio.sleep(0.5)

    # --- Disturbances ------------------------------------------------------------------------

    async def _disturb(self, kind: str) -> str:
        """Do one thing; what must be healed heals beside."""
        deed, targets = self._deed(kind)
        target = await self._whole_one(targets)
        self._done[kind] += 1
        where = target.url if target in self._house.servers and kind in TARGETED else ""
        self._blame.append((time.monotonic(), kind, where))
        task = asyncio.create_task(deed(target))
        self._healing.add(task)
        task.add_done_callback(self._healed)
        return kind if not where else f"{kind} ({target.name})"

    async def _whole_one(self, targets: Sequence[Program]) -> Program:
        """One that is up. Of several the last one up is spared until another one is back."""
        while True:
            whole = [target for target in targets if target.whole]
            if whole and (len(whole) > 1 or len(targets) == 1):
                return self._chance.choice(whole)
            if failed := [task for task in self._healing if task.done()]:
                failed[0].result()  # nothing will come up again: tell why
            await asyncio.sleep(0.1)

    def _healed(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and not task.exception():  # a failure is for the end to raise
            self._healing.discard(task)

    def _deed(self, kind: str) -> tuple[Deed, Sequence[Program]]:
        house = self._house
        match kind:
            case _ if kind == WORKER and house.worker:
                return self._kill, [house.worker]
            case _ if kind == REDIS and house.redis:
                return self._kill, [house.redis]
            case _ if kind == CUT:
                return self._cut, house.servers
            case _ if kind == DATABASE:
                return self._hang_up, house.servers
            case _ if kind == PAUSE:
                return self._pause, house.servers
            case _ if kind == STOP:
                return self._stop, house.servers
        return self._kill, house.servers

    async def _kill(self, target: Program) -> None:
        await target.kill()
        await target.again()

    async def _stop(self, target: Program) -> None:
        await target.stop()
        await target.again()

    async def _pause(self, target: Program) -> None:
        target.whole = False
        target.signal(signal.SIGSTOP)
        await asyncio.sleep(self._chance.choice(self._plan.pauses))
        target.signal(signal.SIGCONT)
        await target.ready()

    async def _cut(self, target: Program) -> None:
        here = [page for page in self._pages if page.at == target.url and page.socket]
        for page in self._chance.sample(here, min(len(here), self._chance.randint(1, 6))):
            page.cut()

    async def _hang_up(self, _: Program) -> None:
        await asyncio.to_thread(self._house.rows.all, HANG_UP)

    def _blamed(self, url: str) -> str:
        """The last thing that was done to this server, else to all of them."""
        late = time.monotonic() - BLAME_SECONDS
        done = [(kind, where) for at, kind, where in self._blame if at > late]
        here = [kind for kind, where in done if where == url]
        everywhere = [kind for kind, where in done if not where]
        return (here or everywhere or ["nothing"])[-1]


TARGETED = (KILL, STOP, PAUSE, CUT)


def agent(till_url: str) -> dict[str, Any]:
    """An agent that greets, charges by webhook and looks into the page."""
    message = {"type": "string", "description": "The number of the visitor's message."}
    fields = {"type": "object", "properties": {"message": message}, "required": ["message"]}
    charge = {
        "type": "webhook",
        "name": "charge",
        "description": "Charges the visitor, once for a message.",
        "api_schema": {"url": till_url, "method": "POST", "request_body_schema": fields},
    }
    look = {
        "type": "client",
        "name": "look",
        "description": "Looks into the page.",
        "parameters": fields,
        "expects_response": True,
        "response_timeout_secs": 4,
    }
    prompt = {"prompt": "Be kind.", "llm": "stub", "tools": [charge, look]}
    config = {
        "conversation": {"text_only": True, "max_duration_seconds": 3600},
        "turn": {"turn_timeout": -1, "silence_end_call_timeout": -1},
        "agent": {"first_message": GREETING, "prompt": prompt},
    }
    return {"name": "Drilled", "conversation_config": config}


def till() -> tuple[Till, Any]:
    """The counting webhook, and the context that serves it."""
    counting = Till()
    return counting, service(counting)


def printed(report: Report) -> str:
    """The table, and what was found."""
    head = f"{'disturbance':20}{'times':>7}{'resumes':>9}{'p50 ms':>9}{'p95 ms':>9}"
    lines = [head + f"{'broken off':>12}{'lost':>6}{'doubled':>9}{'untrue':>8}"]
    kinds = [*report.done, *sorted({f.kind for f in report.findings} - set(report.done))]
    for kind in kinds:
        times = report.resumed(kind)
        found = Counter(f.what for f in report.findings if f.kind == kind)
        cells = [f"{kind:20}{report.done[kind]:7}{len(times):9}"]
        cells += [f"{_percentile(times, percent):9.0f}" for percent in (50, 95)]
        cells += [f"{found['broken off']:12}{found['lost']:6}{found['doubled']:9}"]
        lines.append("".join(cells) + f"{found['untrue end']:8}")
    said = sum(len(one.said) for one in report.seen)
    finals = sum(len(one.finals) for one in report.seen)
    lines.append(f"{len(report.seen)} conversations, {said} messages, {finals} final answers seen")
    if report.stops:
        lines.append(f"{len(report.stops)} orderly stops, the longest {max(report.stops):.1f} s")
    for one in report.findings:
        lines.append(f"  {one.what}: {one.conversation_id} ({one.kind}): {one.words}")
    return "\n".join(lines)


def _percentile(values: Sequence[float], percent: int) -> float:
    if not values:
        return 0.0
    return values[min(len(values) - 1, len(values) * percent // 100)]
