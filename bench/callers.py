"""Callers for benchmarks of REST: connections in a closed loop, with as little client as can be."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .processes import KEY


@dataclass(frozen=True)
class Call:
    """One request, again and again. `bodies`: JSON documents, sent in turn."""

    name: str
    method: str
    path: str
    bodies: tuple[object, ...] = ()

    def raw(self, url: str) -> list[bytes]:
        return [self._raw(url, json.dumps(body).encode()) for body in self.bodies] or [
            self._raw(url, b"")
        ]

    def _raw(self, url: str, sent: bytes) -> bytes:
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: {urlsplit(url).netloc}",
            f"xi-api-key: {KEY}",
            "Content-Type: application/json",
            f"Content-Length: {len(sent)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + sent


@dataclass
class Timed:
    """Seconds of each answer, and how many were not a success."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.lasted if self.lasted else 0.0

    def ms(self, percent: int) -> float:
        values = sorted(self.seconds)
        return 1000 * values[min(len(values) - 1, len(values) * percent // 100)]


async def ask(url: str, call: Call, connections: int, seconds: float) -> Timed:
    """Every connection asks, reads the whole answer, and asks again."""
    timed, raw = Timed(), call.raw(url)
    began = time.monotonic()
    until = began + seconds
    await asyncio.gather(*(_caller(url, raw, until, timed) for _ in range(connections)))
    timed.lasted = time.monotonic() - began
    return timed


async def _caller(url: str, raw: list[bytes], until: float, timed: Timed) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        turn = itertools.cycle(raw)
        while (asked := time.monotonic()) < until:
            writer.write(next(turn))
            status = await _whole_answer(reader)
            timed.seconds.append(time.monotonic() - asked)
            timed.errors += not 200 <= status < 300
    finally:
        writer.close()


async def _whole_answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.index(b"content-length:") + 15
    await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
    return int(head[9:12])
