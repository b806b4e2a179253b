"""What lives as long as the web process: the heartbeat, the sessions, the writer of turns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from dashboard.conversations import lifecycle

from .record import in_database
from .server import here

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Worker(Protocol):
    """Background work inside this process."""

    def stop(self) -> object: ...


class Process:
    """Wraps the ASGI application. Daphne tells nothing of its start, so the first visit is one.

    `start_worker`: starts what works beside the doors, where no other process does.
    """

    def __init__(
        self, application: Application, start_worker: Callable[[], Worker] | None = None
    ) -> None:
        self._application = application
        self._start_worker = start_worker
        self._worker: Worker | None = None
        self._begun: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._begin()
            await self._application(scope, receive, send)

    async def _begin(self) -> None:
        if self._begun is None:
            self._begun = asyncio.create_task(self._begin_once())
        await asyncio.shield(self._begun)

    async def _begin_once(self) -> None:
        await in_database(lifecycle.forget_servers)
        await here.id()
        if self._start_worker:
            self._worker = await asyncio.to_thread(self._start_worker)

    async def end(self) -> None:
        """Close what is open, in order."""
        await here.stop()
        if self._worker:
            await asyncio.to_thread(self._worker.stop)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._begin()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.end()
                await send({"type": "lifespan.shutdown.complete"})
                return
