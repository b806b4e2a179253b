"""This web process: its row with the heartbeat, and the sessions that it holds."""

from __future__ import annotations

import asyncio
import logging

from django.conf import settings
from django.utils import timezone

from dashboard.conversations import lifecycle
from dashboard.conversations.models import LiveServer
from dashboard.conversations.writer import writer

from .record import in_database
from .session import LiveSession

log = logging.getLogger(__name__)

STOPPING = "The server is restarting. Please send your message again in a moment."


class ThisServer:
    """One per process; it starts with the process, or with the first visitor."""

    def __init__(self) -> None:
        self.sessions: dict[str, LiveSession] = {}
        self._id = ""
        self._heart: asyncio.Task[None] | None = None
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
        return self._id

    def hold(self, session: LiveSession) -> None:
        """Remember a session until it ends."""
        name = session.opening.conversation_id
        self.sessions[name] = session
        session.when_ended = lambda: self.sessions.pop(name, None)

    async def stop(self) -> None:
        """End every session in order, then the heart."""
        await self.close_sessions()
        heart, self._heart, self._starting = self._heart, None, None
        if heart:
            heart.cancel()
            lifecycle.served_here.discard(self._id)
            await asyncio.gather(heart, return_exceptions=True)
            await in_database(LiveServer.objects.filter(pk=self._id).delete)
        await asyncio.to_thread(writer.stop)

    async def close_sessions(self) -> None:
        """Tell every visitor, keep what was said, finish every record."""
        held = list(self.sessions.values())
        await asyncio.gather(
            *(
                session.end("The server was stopped.", 1001, STOPPING, patience=5)
                for session in held
            ),
            return_exceptions=True,
        )

    def _beats(self) -> bool:
        heart = self._heart
        return (
            heart is not None
            and not heart.done()
            and heart.get_loop() is asyncio.get_running_loop()
        )

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(settings.HEARTBEAT_SECONDS)
            try:
                await in_database(_say_alive, self._id)
            except Exception as error:  # the next beat may do better; staleness is the alarm
                log.error("no heartbeat", extra={"server": self._id, "error": str(error)})


here = ThisServer()


def _say_alive(server_id: str) -> None:
    LiveServer.objects.update_or_create(pk=server_id, defaults={"beat_at": timezone.now()})
