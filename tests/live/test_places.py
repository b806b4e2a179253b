"""Five hundred sockets at once, on every server that there is: exactly as many stay as may.

With Redis four servers share a database; without it there is one.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dashboard.conversations.admission import FULL
from dashboard.conversations.lifecycle import SERVER_LOST
from tests.boot.running import Running, running

from .doors import KEY, Door, Visitor, profile, record, visit

pytestmark = pytest.mark.both_profiles
VISITORS, LIMIT = 500, 100
FREE_AGAIN_SECONDS = 20


class House:
    """Servers over one database. `doors[0]` does the background's work too."""

    def __init__(self, home: Path, env: dict[str, str], stack: ExitStack) -> None:
        self._home, self._env, self._stack = home, env, stack
        self.servers: list[Running] = []
        self.doors: list[Door] = []

    def open(self, **more: str) -> Door:
        server = self._stack.enter_context(running(self._home, **self._env, **more))
        self.servers.append(server)
        self.doors.append(Door(server.address, server.process, [server.said]))
        return self.doors[-1]

    def kill(self, number: int) -> None:
        self.servers[number].process.kill()
        self.servers[number].process.wait()


@pytest.fixture
def house(model_url: str) -> Iterator[House]:
    env = {
        "PARLEY_API_KEY": KEY,
        "PARLEY_LLM_URL": model_url,
        "PARLEY_LLM_MODEL": "stub",
        "PARLEY_LOG_LEVEL": "ERROR",
        "PARLEY_HANDSHAKE_SECONDS": "120",  # five hundred say hello at the same time
    }
    with tempfile.TemporaryDirectory() as folder, profile() as services, ExitStack() as stack:
        made = House(Path(folder), env | services, stack)
        made.open()
        for _ in range(3 if settings.REDIS_URL else 0):
            made.open(PARLEY_ROLE="web")
        yield made


class Crowd:
    """Visitors that come at once and stay until they are sent home."""

    def __init__(self) -> None:
        self.inside: dict[str, int] = {}  # conversation id -> number of its server
        self.refused: list[tuple[int | None, str | None]] = []
        self._home = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, house: House, agent_id: str) -> None:
        doors = house.doors
        for number in range(VISITORS):
            at = number % len(doors)
            self._tasks.append(asyncio.create_task(self._visit(doors[at], at, agent_id)))
        async with asyncio.timeout(180):
            while len(self.inside) + len(self.refused) < VISITORS:
                for task in self._tasks:
                    if task.done() and task.exception():
                        task.result()
                await asyncio.sleep(0.05)

    async def leave(self) -> None:
        self._home.set()
        await asyncio.gather(*self._tasks)

    async def _visit(self, door: Door, at: int, agent_id: str) -> None:
        async with visit(door, agent_id, open_timeout=120, ping_interval=None) as visitor:
            if (conversation_id := await self._told(visitor)) is None:
                return
            self.inside[conversation_id] = at
            await self._home.wait()

    async def _told(self, visitor: Visitor) -> str | None:
        await visitor.send({"type": "conversation_initiation_client_data"})
        told: dict[str, Any] = {}
        try:
            told = await visitor.next(120)
        except Exception:
            self.refused.append(await visitor.closed())
            return None
        event = told["conversation_initiation_metadata_event"]
        return str(event["conversation_id"])


def pool(door: Door) -> dict[str, int]:
    told: dict[str, int] = door.call("GET", "/limits", timeout=60)["chat"]
    return told


async def counted(door: Door, reason: str, count: int) -> None:
    """Wait for the owner's count of refusals: it is written beside the visitors' way."""
    until = time.monotonic() + 30
    expected = [(reason, count)]
    while True:
        told = await asyncio.to_thread(door.call, "GET", "/limits", timeout=60)
        found = [(one["reason"], one["count"]) for one in told["refusals_last_7_days"]]
        if found == expected or time.monotonic() > until:
            break
        await asyncio.sleep(0.1)
    assert found == expected


def limited(door: Door, **limits: Any) -> str:
    return door.agent(call_limits={"agent_concurrency_limit": LIMIT, **limits})


async def test_without_bursts_exactly_the_limit_stays(house: House) -> None:
    agent_id, crowd = limited(house.doors[0], bursting_enabled=False), Crowd()

    await crowd.come(house, agent_id)

    try:
        told = await asyncio.to_thread(pool, house.doors[0])
        assert len(crowd.inside) == LIMIT
        assert set(crowd.refused) == {(1008, FULL.message)}
        assert (told["in_use"], told["burst_in_use"]) == (LIMIT, 0)
    finally:
        await crowd.leave()


async def test_bursts_go_to_three_times_and_a_killed_server_frees_its_places(house: House) -> None:
    door = house.doors[0]
    agent_id, crowd = limited(door), Crowd()
    await crowd.come(house, agent_id)
    try:
        told = await asyncio.to_thread(pool, door)
        assert len(crowd.inside) == 3 * LIMIT
        assert set(crowd.refused) == {(1008, FULL.message)}
        assert (told["in_use"], told["burst_in_use"]) == (3 * LIMIT, 2 * LIMIT)
        await counted(door, "too_many", VISITORS - 3 * LIMIT)

        last = len(house.doors) - 1
        lost = [one for one, at in crowd.inside.items() if at == last]
        killed_at = time.monotonic()
        house.kill(last)
        if last == 0:  # nobody else serves: the next one counts
            door = house.open()
        while (now := await asyncio.to_thread(pool, door))["in_use"] > 3 * LIMIT - len(lost):
            assert time.monotonic() - killed_at < FREE_AGAIN_SECONDS
            await asyncio.sleep(0.2)

        assert now["in_use"] == 3 * LIMIT - len(lost)
        assert lost
        ended = await record(door, lost[0], "processing", "done", "failed")
        assert ended["metadata"]["termination_reason"] == SERVER_LOST
    finally:
        await crowd.leave()
