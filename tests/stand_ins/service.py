"""An HTTP service on loopback that writes down what it was asked, and answers as it is told.

async with service(lambda asked: Reply(200, {"ok": True})) as there:
    ...  # there.url, there.asked[0].method
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; header names in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """`body`: bytes as they are, anything else as JSON. `after`: seconds before it is sent."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0


@dataclass(frozen=True)
class Service:
    url: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def where(self) -> str:
        """Host and port, as an operator opens them."""
        return urlsplit(self.url).netloc


Answerer = Callable[[Asked], Reply]


@asynccontextmanager
async def service(answer: Answerer = lambda asked: Reply()) -> AsyncIterator[Service]:
    asked: list[Asked] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            asked.append(request)
            reply = answer(request)
            await asyncio.sleep(reply.after)
            writer.write(_written(reply))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Service(f"http://127.0.0.1:{port}", asked)
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    pairs = (line.split(":", 1) for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, target, headers, body)


def _written(reply: Reply) -> bytes:
    body, kind = reply.body, "text/plain"
    if not isinstance(body, bytes):
        body, kind = json.dumps(body).encode(), "application/json"
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"{name}: {value}" for name, value in {**headers, **reply.headers}.items()]
    return "\r\n".join([f"HTTP/1.1 {reply.status} X", *lines, "", ""]).encode() + body
