"""httpcore's network over asyncio itself: each piece of a streamed answer passes through here.

httpcore's own goes through anyio, whose cancel scopes cost more than all the rest of a read.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpcore

_MOST_UNREAD = 256 * 1024  # bytes; beyond, the other side has to wait


async def connect(address: str, port: int, seconds: float | None) -> Connection:
    """Connect to one address."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, inbox = await loop.create_connection(_Inbox, address, port)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout from error
    except OSError as error:
        raise httpcore.ConnectError from error
    return Connection(inbox)


class _Inbox(asyncio.Protocol):
    """What has arrived and was not read yet. `room` is clear while the other side is slow."""

    def __init__(self) -> None:
        self.unread = bytearray()
        self.over = False
        self.trouble: Exception | None = None
        self.room = asyncio.Event()
        self.room.set()
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        self._pace()
        self._wake()

    def take(self, most: int) -> bytes:
        data = bytes(self.unread[:most])
        del self.unread[:most]
        self._pace()
        return data

    def _pace(self) -> None:
        """Let the kernel hold the other side back when it sends faster than we read."""
        full = len(self.unread) > _MOST_UNREAD
        if full != self._paused and not self.over:
            self._paused = full
            (self.transport.pause_reading if full else self.transport.resume_reading)()

    def eof_received(self) -> None:
        self.over = True
        self._wake()

    def connection_lost(self, trouble: Exception | None) -> None:
        self.over, self.trouble = True, trouble
        self.room.set()
        self._wake()

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    async def arrival(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(httpcore.AsyncNetworkStream):
    def __init__(self, inbox: _Inbox) -> None:
        self._inbox = inbox

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        inbox = self._inbox
        if not (inbox.unread or inbox.over):
            try:
                async with asyncio.timeout(timeout):
                    await inbox.arrival()
            except TimeoutError as error:
                raise httpcore.ReadTimeout from error
        if not inbox.unread and inbox.trouble:
            raise httpcore.ReadError
        return inbox.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._inbox.over and not self._inbox.unread:
            raise httpcore.WriteError
        self._inbox.transport.write(buffer)
        if not self._inbox.room.is_set():
            async with _within(timeout, httpcore.WriteTimeout):
                await self._inbox.room.wait()

    async def aclose(self) -> None:
        # Not `close()`: over TLS that would wait for the other side to say goodbye.
        self._inbox.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            async with _within(timeout, httpcore.ConnectTimeout):
                sealed = await loop.start_tls(
                    self._inbox.transport, self._inbox, ssl_context, server_hostname=server_hostname
                )
        except BaseException as error:
            self._inbox.transport.abort()
            if isinstance(error, OSError):
                raise httpcore.ConnectError from error
            raise
        self._inbox.transport = cast(asyncio.Transport, sealed)
        return Connection(self._inbox)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # of an idle connection: it was closed by the other side
            return self._inbox.over or bool(self._inbox.unread)
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._inbox.transport.get_extra_info(names.get(info, info))


@asynccontextmanager
async def _within(seconds: float | None, late: type[Exception]) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise late from error
