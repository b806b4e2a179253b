"""This web process: its row with the heartbeat, and the sessions that it holds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from dashboard.conversations import lifecycle, returning
from dashboard.conversations.models import LiveServer
from dashboard.conversations.writer import writer

from . import nudges
from .record import in_database
from .session import Deed, LiveSession

log = logging.getLogger(__name__)

STOPPING = "The server is restarting. Please send your message again in a moment."
STOPPED = "The server was stopped."
MOVED = "The conversation goes on at another server."


class ThisServer:
    """One per process; it starts with the process, or with the first visitor."""

    def __init__(self) -> None:
        self.sessions: dict[str, LiveSession] = {}
        self.stopping = False
        self._id = ""
        self._heart: asyncio.Task[None] | None = None
        self._ears: asyncio.Task[None] | None = None
        self._coming: dict[str, tuple[asyncio.Lock, int]] = {}
        self._freed: dict[str, asyncio.Event] = {}
        self._unclosed: dict[str, Deed] = {}  # what every beat of the heart tries again
        self._releasing: dict[str, asyncio.Task[None]] = {}
        self._starting: asyncio.Lock | None = None

    async def id(self) -> str:
        """The row's id; the heart beats from now on."""
        if self._beats():
            return self._id
        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            if not self._beats():
                row = await in_database(LiveServer.objects.create)
                self._id = row.pk
                lifecycle.served_here.add(row.pk)
                self._heart = asyncio.create_task(self._beat())
                self._ears = asyncio.create_task(nudges.listen(self._id, self._hear))
        return self._id

    def hold(self, session: LiveSession) -> None:
        """Remember a session until it ends."""
        name = session.opening.conversation_id
        self.sessions[name] = session
        session.when_ended = lambda: self._drop(name, session)

    def _drop(self, name: str, session: LiveSession) -> None:
        if self.sessions.get(name) is session:
            del self.sessions[name]
        if session.unclosed:
            self._unclosed[name] = session.unclosed

    async def stop(self) -> None:
        """End every session in order, then the heart."""
        await self.close_sessions()
        heart, self._heart, self._starting = self._heart, None, None
        if heart and self._ears:
            for task in (heart, self._ears):
                task.cancel()
            lifecycle.served_here.discard(self._id)
            await asyncio.gather(heart, self._ears, return_exceptions=True)
            await nudges.stop()
            await in_database(LiveServer.objects.filter(pk=self._id).delete)
        await asyncio.to_thread(writer.stop)
        self.stopping = False

    async def close_sessions(self) -> None:
        """Admit nobody any more; hand every conversation over, or end it when its client cannot
        come back. What is being answered may be finished, for a while.
        """
        self.stopping = True
        held = list(self.sessions.values())
        await asyncio.gather(
            *(session.drain(STOPPED, STOPPING, settings.DRAIN_SECONDS) for session in held),
            return_exceptions=True,
        )

    @asynccontextmanager
    async def alone(self, conversation_id: str) -> AsyncIterator[None]:
        """One at a time: of two that come back at once, the second finds what the first did."""
        lock, waiting = self._coming.get(conversation_id, (asyncio.Lock(), 0))
        self._coming[conversation_id] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._coming.pop(conversation_id)
            if waiting > 1:
                self._coming[conversation_id] = (lock, waiting - 1)

    async def freed(self, conversation_id: str, seconds: float) -> None:
        """Until another server says that a conversation is free, or for so long."""
        word = self._freed.setdefault(conversation_id, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await word.wait()
        except TimeoutError:
            pass
        finally:
            self._freed.pop(conversation_id, None)

    def _hear(self, kind: str, conversation_id: str, sender: str) -> None:
        """A word of another server."""
        if kind == nudges.WANTED:
            self._give_up(conversation_id, sender)
        elif word := self._freed.get(conversation_id):
            word.set()

    def _give_up(self, conversation_id: str, sender: str = "") -> None:
        """The visitor of this conversation is at another server now."""
        if conversation_id not in self._releasing:
            task = asyncio.create_task(self._release(conversation_id, sender))
            self._releasing[conversation_id] = task
            task.add_done_callback(lambda done: self._releasing.pop(conversation_id, None))

    async def _release(self, conversation_id: str, sender: str) -> None:
        if session := self.sessions.get(conversation_id):
            await session.release(MOVED)
        await nudges.free(sender, conversation_id)

    def _beats(self) -> bool:
        heart = self._heart
        return (
            heart is not None
            and not heart.done()
            and heart.get_loop() is asyncio.get_running_loop()
        )

    async def _catch_up(self) -> None:
        """What nudges did not tell, and what the database was not there for."""
        for conversation_id in await in_database(returning.wanted_of, self._id):
            self._give_up(conversation_id)
        for conversation_id, deed in list(self._unclosed.items()):
            await deed()
            self._unclosed.pop(conversation_id, None)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(settings.HEARTBEAT_SECONDS)
            try:
                await _alive(self._id)
                await self._catch_up()
            except Exception as error:  # the next beat may do better; staleness is the alarm
                log.error("no heartbeat", extra={"server": self._id, "error": type(error).__name__})


here = ThisServer()


def _say_alive(server_id: str) -> None:
    LiveServer.objects.update_or_create(pk=server_id, defaults={"beat_at": timezone.now()})


# A thread of its own: behind a crowd that starts, the beat would come too late, and the places of
# all that go on here would be given away.
_alive = database_sync_to_async(
    _say_alive,
    thread_sensitive=False,
    executor=ThreadPoolExecutor(1, thread_name_prefix="heart"),
)
