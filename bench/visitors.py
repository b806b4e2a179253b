"""Visitors for benchmarks: sessions in a closed loop, each with a stopwatch."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection

from . import progress
from .visits import shaken_hands


@dataclass
class Stopwatch:
    """Seconds from a visitor's message to the first delta and to the final answer."""

    first: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    errors: int = 0

    def ms(self, what: str, percent: int) -> float:
        values = sorted(getattr(self, what))
        if not values:
            return float("nan")
        return 1000 * float(values[min(len(values) - 1, len(values) * percent // 100)])


async def open_session(url: str, agent_id: str) -> ClientConnection:
    """Connect and shake hands; returns when the metadata is there."""
    return (await shaken_hands(url, {"agent_id": agent_id}))[0]


async def talk(socket: ClientConnection, until: float, watch: Stopwatch) -> None:
    """Say something, wait for the whole answer, say the next thing."""
    while time.monotonic() < until and await say_once(socket, watch):
        pass


async def say_once(socket: ClientConnection, watch: Stopwatch) -> bool:
    """False when that went wrong: this visitor is lost."""
    try:
        began = time.monotonic()
        await socket.send(json.dumps({"type": "user_message", "text": "How are you?"}))
        await _whole_answer(socket, began, watch)
    except Exception:
        watch.errors += 1
        return False
    return True


async def _whole_answer(socket: ClientConnection, began: float, watch: Stopwatch) -> None:
    waiting = True
    async with asyncio.timeout(60):
        while True:
            raw = await socket.recv(decode=False)
            if waiting and b'"delta"' in raw:
                watch.first.append(time.monotonic() - began)
                waiting = False
            elif b'"agent_response"' in raw and not waiting:
                watch.final.append(time.monotonic() - began)
                return
            elif b'"ping"' in raw:
                event_id = json.loads(raw)["ping_event"]["event_id"]
                await socket.send(json.dumps({"type": "pong", "event_id": event_id}))


async def ask_model(url: str, sessions: int, seconds: float) -> Stopwatch:
    """The floor: the same client asks the model itself, with nothing between."""
    watch = Stopwatch()
    until = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=sessions)
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:
        await asyncio.gather(*(_ask(client, url, until, watch) for _ in range(sessions)))
    return watch


async def _ask(client: httpx.AsyncClient, url: str, until: float, watch: Stopwatch) -> None:
    while time.monotonic() < until:
        await ask_once(client, url, watch)


async def ask_once(client: httpx.AsyncClient, url: str, watch: Stopwatch) -> None:
    body: dict[str, Any] = {
        "model": "stub",
        "stream": True,
        "messages": [{"role": "user", "content": "How are you?"}],
    }
    began, waiting = time.monotonic(), True
    async with client.stream("POST", f"{url}/chat/completions", json=body) as answer:
        async for chunk in answer.aiter_raw():
            if waiting and b'"content"' in chunk:
                watch.first.append(time.monotonic() - began)
                waiting = False
    watch.final.append(time.monotonic() - began)


async def busy(
    urls: Sequence[str], agent_id: str, sessions: int, seconds: float, cpu: Callable[[], float]
) -> tuple[Stopwatch, float, float]:
    """Stopwatch, turns a second, and the servers' CPU milliseconds a turn."""
    each = [urls[at % len(urls)] for at in range(sessions)]
    sockets = [await open_session(url, agent_id) for url in each]
    await asyncio.sleep(0.5)  # greetings are over
    watch = Stopwatch()
    spent, began = cpu(), time.monotonic()
    async with progress.lasting(f"{sessions} busy visitors", seconds):
        await asyncio.gather(*(talk(socket, began + seconds, watch) for socket in sockets))
    lasted, spent = time.monotonic() - began, cpu() - spent
    await asyncio.gather(*(socket.close() for socket in sockets))
    turns = max(1, len(watch.final))
    return watch, turns / lasted, 1000 * spent / turns
