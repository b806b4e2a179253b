"""Who is next at a busy model: the order, the bounds, and turns never lost or doubled."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable

import pytest

from dashboard.providers.llms.queue import Busy, Gate, Priority, Room, State

NORMAL, BURST, JUDGE = Priority


class Line:
    """Visitors of one gate: each notes when it is its turn, and stays until it is let go."""

    def __init__(self, at_once: int = 1, places: int = 10) -> None:
        self.gate = Gate("model", room=Room(at_once, places))
        self.order: list[str] = []
        self.refused: list[str] = []
        self.staying: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, priority: Priority = NORMAL) -> None:
        self.staying[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._visit(name, priority))
        await settled()

    async def go(self, *names: str) -> None:
        for name in names:
            self.staying[name].set()
        await settled()

    async def _visit(self, name: str, priority: Priority) -> None:
        try:
            async with self.gate.turn(priority):
                self.order.append(name)
                await self.staying[name].wait()
        except Busy:
            self.refused.append(name)

    @property
    def waiting(self) -> tuple[int, int, int]:
        state = self.gate.state()
        return state.waiting_normal, state.waiting_burst, state.waiting_judges


async def settled() -> None:
    """Whatever can happen without anybody's help has happened."""
    for _ in range(100):
        await asyncio.sleep(0)


def until(fact: Callable[[], object], seconds: float = 30) -> None:
    """Wait for it, in a thread of its own."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.001)


class Streaming:
    """Somebody who has the turn already, until `done`."""

    def __init__(self, gate: Gate) -> None:
        self._turn = gate.turn(NORMAL)

    async def __aenter__(self) -> Streaming:
        await self._turn.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Each test says itself when it is over."""

    async def done(self) -> None:
        await self._turn.__aexit__(None, None, None)


async def test_no_more_are_let_in_than_fit_and_the_others_come_in_order():
    line = Line(at_once=2)

    for name in "abcd":
        await line.come(name)
    assert (line.order, line.waiting) == (["a", "b"], (2, 0, 0))

    await line.go("b")
    assert line.order == ["a", "b", "c"]
    await line.go("a", "c", "d")
    assert line.order == ["a", "b", "c", "d"]
    assert line.gate.state().running == 0


async def test_visitors_go_before_bursts_and_bursts_before_judges():
    line = Line()
    await line.come("first")

    await line.come("judge", JUDGE)
    await line.come("burst 1", BURST)
    await line.come("normal 1")
    await line.come("burst 2", BURST)
    await line.come("normal 2")
    assert line.waiting == (2, 2, 1)
    await line.go("first", "normal 1", "normal 2", "burst 1", "burst 2", "judge")

    assert line.order == ["first", "normal 1", "normal 2", "burst 1", "burst 2", "judge"]


async def test_in_a_full_queue_the_last_one_who_may_wait_longer_gives_way():
    line = Line(places=3)
    await line.come("first")
    await line.come("burst 1", BURST)
    await line.come("burst 2", BURST)
    await line.come("judge", JUDGE)

    await line.come("normal 1")
    await line.come("normal 2")

    assert line.refused == ["judge", "burst 2"]
    assert line.waiting == (2, 1, 0)


async def test_in_a_full_queue_nobody_gives_way_to_an_equal():
    line = Line(places=1)
    await line.come("first")
    await line.come("waiting")

    await line.come("late")
    await line.come("late burst", BURST)

    assert line.refused == ["late", "late burst"]
    await line.go("first")
    assert line.order == ["first", "waiting"]


async def test_without_a_limit_nobody_waits():
    line = Line(at_once=0)

    for name in map(str, range(50)):
        await line.come(name)

    assert len(line.order) == line.gate.state().running == 50


async def test_who_gives_up_waiting_leaves_the_queue_at_once():
    line = Line()
    await line.come("first")
    await line.come("second")
    await line.come("third")

    line.tasks["second"].cancel()
    await settled()
    assert line.waiting == (1, 0, 0)
    await line.go("first")

    assert line.order == ["first", "third"]


async def test_a_turn_given_to_somebody_who_leaves_at_that_moment_goes_to_the_next():
    line = Line()
    await line.come("first")
    await line.come("second")
    await line.come("third")

    line.staying["first"].set()
    for _ in range(100):  # until the turn is given, and not yet taken
        if line.gate.state().waiting_normal < 2:
            break
        await asyncio.sleep(0)
    assert (line.order, line.waiting) == (["first"], (1, 0, 0))
    line.tasks["second"].cancel()
    await settled()

    assert line.order == ["first", "third"]
    assert line.gate.state().running == 1


async def test_a_higher_limit_lets_those_in_who_wait():
    line = Line()
    for name in "abc":
        await line.come(name)

    line.gate.refit(Room(at_once=3))
    await settled()

    assert line.order == ["a", "b", "c"]


@pytest.mark.parametrize("seed", range(20))
async def test_no_turn_is_lost_or_given_twice_however_people_come_and_go(seed: int):
    chance = random.Random(seed)
    line = Line(at_once=3, places=6)
    most = 0
    for number in range(120):
        name = str(number)
        await line.come(name, chance.choice(list(Priority)))
        most = max(most, line.gate.state().running)
        for other in chance.sample(list(line.tasks), min(len(line.tasks), 2)):
            if chance.random() < 0.3:
                line.tasks[other].cancel()
            elif chance.random() < 0.5:
                line.staying[other].set()
        if chance.random() < 0.5:
            await asyncio.sleep(0)

    await line.go(*line.tasks)
    await asyncio.gather(*line.tasks.values(), return_exceptions=True)

    assert most == 3
    assert line.gate.state() == State("model", "", 3, 0, 0, 0, 0)


async def test_a_gate_is_shared_with_the_event_loops_of_other_threads():
    gate, order = Gate("model", room=Room(1)), []

    async def judge() -> None:
        async with gate.turn(JUDGE):
            order.append("judge")

    async with Streaming(gate) as somebody:
        thread = threading.Thread(target=lambda: asyncio.run(judge()))
        thread.start()
        await asyncio.to_thread(until, lambda: gate.state().waiting_judges)
        order.append("visitor")
        await somebody.done()
        await asyncio.to_thread(thread.join)

    assert order == ["visitor", "judge"]
    assert gate.state().running == 0


async def test_a_loop_that_ended_while_it_waited_does_not_keep_the_turn():
    line = Line()
    await line.come("first")
    loop = asyncio.new_event_loop()
    stray = line.gate.turn(NORMAL).__aenter__()
    loop.call_soon(loop.stop)
    task = loop.create_task(stray)
    await asyncio.to_thread(loop.run_forever)
    loop.close()
    await line.come("second")
    assert line.waiting == (2, 0, 0)

    await line.go("first")

    assert line.order == ["first", "second"]
    del task
