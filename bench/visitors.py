"""Visitors for benchmarks: sessions in a closed loop, each with a stopwatch."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect


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
    address = url.replace("http", "ws", 1) + f"/v1/convai/conversation?agent_id={agent_id}"
    socket = await connect(address, proxy=None, compression=None, max_queue=None, open_timeout=60)
    await socket.send(json.dumps({"type": "conversation_initiation_client_data"}))
    frame = json.loads(await socket.recv())
    assert frame["type"] == "conversation_initiation_metadata", frame
    return socket


async def talk(socket: ClientConnection, until: float, watch: Stopwatch) -> None:
    """Say something, wait for the whole answer, say the next thing."""
    try:
        while time.monotonic() < until:
            began = time.monotonic()
            await socket.send(json.dumps({"type": "user_message", "text": "How are you?"}))
            await _whole_answer(socket, began, watch)
    except Exception:
        watch.errors += 1


async def _whole_answer(socket: ClientConnection, began: float, watch: Stopwatch) -> None:
    waiting = True
    async with asyncio.timeout(60):
        while True:
            text = await socket.recv()
            if waiting and b'"delta"' in (raw := _bytes(text)):
                watch.first.append(time.monotonic() - began)
                waiting = False
            elif b'"agent_response"' in (raw := _bytes(text)) and not waiting:
                watch.final.append(time.monotonic() - began)
                return
            elif b'"ping"' in raw:
                event_id = json.loads(raw)["ping_event"]["event_id"]
                await socket.send(json.dumps({"type": "pong", "event_id": event_id}))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


async def ask_model(url: str, sessions: int, seconds: float) -> Stopwatch:
    """The floor: the same client asks the model itself, with nothing between."""
    watch = Stopwatch()
    until = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=sessions)
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:
        await asyncio.gather(*(_ask(client, url, until, watch) for _ in range(sessions)))
    return watch


async def _ask(client: httpx.AsyncClient, url: str, until: float, watch: Stopwatch) -> None:
    body: dict[str, Any] = {
        "model": "stub",
        "stream": True,
        "messages": [{"role": "user", "content": "How are you?"}],
    }
    while time.monotonic() < until:
        began, waiting = time.monotonic(), True
        async with client.stream("POST", f"{url}/chat/completions", json=body) as answer:
            async for chunk in answer.aiter_raw():
                if waiting and b'"content"' in chunk:
                    watch.first.append(time.monotonic() - began)
                    waiting = False
        watch.final.append(time.monotonic() - began)


async def busy(
    url: str, agent_id: str, sessions: int, seconds: float, cpu: Callable[[], float]
) -> tuple[Stopwatch, float, float]:
    """Stopwatch, turns a second, and the server's CPU milliseconds a turn."""
    sockets = [await open_session(url, agent_id) for _ in range(sessions)]
    await asyncio.sleep(0.5)  # greetings are over
    watch = Stopwatch()
    spent, began = cpu(), time.monotonic()
    await asyncio.gather(*(talk(socket, began + seconds, watch) for socket in sockets))
    lasted, spent = time.monotonic() - began, cpu() - spent
    await asyncio.gather(*(socket.close() for socket in sockets))
    turns = max(1, len(watch.final))
    return watch, turns / lasted, 1000 * spent / turns
