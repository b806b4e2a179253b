"""A server on loopback that gives canned answers, byte by byte if need be, and remembers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True)
class Canned:
    """One answer. `pause`: seconds before each piece; `cut`: the connection breaks at the end."""

    body: bytes | tuple[bytes, ...] = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/event-stream"),)
    pause: float = 0
    cut: bool = False


@dataclass(frozen=True)
class Heard:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return orjson.loads(self.body)


@dataclass
class Loopback:
    """`left` is set when somebody goes away before the answer is over."""

    url: str
    port: int
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def loopback(
    *answers: Canned, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Loopback]:
    """Answer each request with the next of the answers, and the last one for ever."""
    here = Loopback("", 0)
    visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.connections += 1
        if task := asyncio.current_task():
            visits[task] = writer
        try:
            while heard := await _heard(reader):
                here.heard.append(heard)
                answer = answers[min(len(here.heard), len(answers)) - 1]
                if not await _say(reader, writer, answer):
                    here.left.set()
                    break
                if answer.cut:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            here.left.set()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    here.port = server.sockets[0].getsockname()[1]
    here.url = f"{'https' if tls else 'http'}://{host}:{here.port}"
    try:
        yield here
    finally:
        server.close()
        for writer in visits.values():
            writer.close()
        if visits:
            await asyncio.wait(visits, timeout=2)


async def _heard(reader: asyncio.StreamReader) -> Heard | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (li.partition(":") for li in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path, _ = first.split(" ", 2)
    return Heard(method, path, headers, body)


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Canned) -> bool:
    """False when the other side went away in the middle."""
    pieces = (answer.body,) if isinstance(answer.body, bytes) else answer.body
    head = [f"HTTP/1.1 {answer.status} Canned", "Transfer-Encoding: chunked"]
    head += [f"{name}: {value}" for name, value in answer.headers]
    writer.write("\r\n".join([*head, "", ""]).encode())
    gone = asyncio.ensure_future(reader.read(1))
    try:
        for piece in filter(None, pieces):
            if answer.pause:
                await asyncio.wait([gone], timeout=answer.pause)
            if gone.done():
                return False
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
    finally:
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    if not answer.cut:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True
