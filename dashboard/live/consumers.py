"""The socket at /v1/convai/conversation, through Channels. Handlers return at once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from dashboard.conversations.admission import Knock, Refused
from dashboard.conversations.starting import Hello

from . import doorway, frames, wire
from .session import LiveSession

log = logging.getLogger(__name__)

LONGEST_FRAME = 256 * 1024
MOST_UNSENT = 2000
MOST_EARLY = 20
HANG_UP_SECONDS = 2
SLOWEST_SECONDS = 30  # for one frame

LATE = "No conversation_initiation_client_data came in time."
BEARER = "bearer."
UNSTARTED = (1011, "The conversation could not start. Please try again later.")
# Only 1001 invites a client to come back: to this server's successor, or to another.
UNREADY = (1001, "The conversation cannot go on here right now.")
ENCLAVE = "This server does not take enclave_setup_config: leave out the orchestrator."


class ConversationConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """One visitor's socket: the `Line` of a LiveSession."""

    channel_layer_alias = "none"  # not configured: a live socket needs no layer

    async def connect(self) -> None:
        self.session: LiveSession | None = None
        self._opening: asyncio.Task[None] | None = None
        self._early: list[wire.ClientEvent] = []
        self._unsent: deque[wire.Frame | tuple[int, str]] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._closed = False
        query = parse_qs(self.scope["query_string"].decode())
        self._query = {name: values[-1] for name, values in query.items()}
        # Python clients abort on a subprotocol, browsers without one: echo what was offered.
        offered = "convai" in self.scope["subprotocols"]
        await self.accept("convai" if offered else None)
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(settings.HANDSHAKE_SECONDS, self.close_soon, 1008, LATE)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._closed:
            return
        if text_data is None:
            self.close_soon(1002, "Only text frames are understood.")
        elif len(text_data) > LONGEST_FRAME:
            self.close_soon(1009, "This message is too long.")
        else:
            self._read(text_data)

    def _read(self, text: str) -> None:
        try:
            self._hear(wire.decode(text))
        except wire.Malformed as trouble:
            self.post(frames.error(1002, "invalid_message", str(trouble)))
            self.close_soon(1002, str(trouble))
        except Exception as error:  # Channels would drop the socket and never say goodbye
            log.error("a frame could not be taken", extra={"error": type(error).__name__})
            self.close_soon(1011, "This message could not be taken.")

    async def disconnect(self, code: int) -> None:
        self._closed = True
        self._unsent.clear()
        self._patience.cancel()
        if self.session:
            # Only 1000 is on purpose: a broken line is 1006 or 1005, a page that goes 1001.
            self.session.leave(self, clean=code == 1000)

    # --- What comes in -----------------------------------------------------------------------

    def _hear(self, event: wire.ClientEvent) -> None:
        match event:
            case wire.Initiation():
                if self._opening is None:
                    self._patience.cancel()
                    self._opening = asyncio.create_task(self._open(event))
            case wire.EnclaveSetup():
                self.close_soon(1008, ENCLAVE)
            case wire.Ignored():
                pass
            case _ if self.session is None:
                if len(self._early) >= MOST_EARLY:
                    self.close_soon(1008, "Too many messages before the conversation started.")
                self._early.append(event)
            case _:
                self._pass_on(self.session, event)

    def _pass_on(self, session: LiveSession, event: wire.ClientEvent) -> None:
        match event:
            case wire.UserMessage():
                session.hear(event)
            case wire.ContextualUpdate():
                session.hear_context(event)
            case wire.UserActivity():
                session.hear_activity()
            case wire.Feedback():
                session.hear_feedback(event)
            case wire.ClientToolResult():
                session.hear_result(event)
            case wire.Pong():
                session.hear_pong(event)

    async def _open(self, initiation: wire.Initiation) -> None:
        try:
            opened = await self._opened(initiation)
        except Exception as error:  # names only: an error's own words may quote the visitor
            log.error(
                "a conversation could not start",
                extra={
                    "agent": self._query.get("agent_id", "")[:60],
                    "error": type(error).__name__,
                },
            )
            self.close_soon(*(UNREADY if "resume_token" in self._query else UNSTARTED))
            return
        if isinstance(opened, Refused):
            facts = {"agent": self._query.get("agent_id", "")[:60], "reason": opened.reason}
            log.info("a visitor was turned away", extra=facts)
            later = opened in (doorway.STOPPED, doorway.BUSY)
            self.close_soon(1001 if later else 1008, opened.message)
            return
        if self._closed:
            opened.leave(self, clean=False)
        self.session = opened
        for event in self._early:
            self._pass_on(opened, event)
        self._early.clear()

    async def _opened(self, initiation: wire.Initiation) -> LiveSession | Refused:
        if "resume_token" not in self._query:
            return await doorway.begin(self._knock(), self._hello(initiation), self)
        after = self._query.get("after", "0")
        return await doorway.go_on(
            self._query.get("conversation_id", "")[:60],
            self._query["resume_token"],
            self._origin(),
            int(after) if after.isdecimal() and len(after) < 10 else 0,
            self,
        )

    def _header(self, name: bytes) -> str:
        headers = {key.lower(): value for key, value in self.scope["headers"]}
        return str(headers.get(name, b"").decode(errors="replace"))

    def _origin(self) -> str:
        return self._header(b"origin")

    def _knock(self) -> Knock:
        return Knock(
            agent_id=self._query.get("agent_id", ""),
            origin=self._origin(),
            signature=self._query.get("conversation_signature", ""),
            api_key=self._header(b"xi-api-key"),
            bearer=self._bearer(),
            shareable_token=self._query.get("shareable_token", ""),
        )

    def _bearer(self) -> str:
        """Browsers cannot send headers: their authorization stands among the sub-protocols."""
        offered = (name for name in self.scope["subprotocols"] if name.startswith(BEARER))
        return next(offered, "").removeprefix(BEARER)

    def _hello(self, initiation: wire.Initiation) -> Hello:
        return Hello(
            initiation.wishes,
            initiation.said,
            initiation.user_id,
            initiation.source or self._query.get("source", ""),
            initiation.source_version or self._query.get("version", ""),
            may_return=self._query.get("resume") == "1",
        )

    # --- What goes out -----------------------------------------------------------------------

    def post(self, frame: wire.Frame) -> None:
        """Send soon, in order. A reader that cannot keep up is cut off rather than buffered."""
        if self._closed:
            return
        if len(self._unsent) >= MOST_UNSENT:
            self._give_up()
            return
        self._unsent.append(frame)
        self._drain()

    def close_soon(self, code: int, reason: str) -> None:
        """Close after what is still to be sent."""
        if not self._closed:
            self._closed = True
            self._patience.cancel()
            self._unsent.append((code, reason))
            self._drain()

    async def hang_up(self, code: int, reason: str) -> None:
        """Close, and wait a moment for a slow reader to take what comes before."""
        self.close_soon(code, reason)
        if self._draining:
            await asyncio.wait({self._draining}, timeout=HANG_UP_SECONDS)

    def _drain(self) -> None:
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        try:
            while self._unsent:
                async with asyncio.timeout(SLOWEST_SECONDS):
                    await self._send_next()
        except Exception:  # the reader is gone, or as good as gone
            self._give_up()

    async def _send_next(self) -> None:
        match self._unsent.popleft():
            case (code, reason):
                await self.close(code, frames.close_reason(reason))
            case frame:
                await self.send(text_data=frames.encode(frame))

    def _give_up(self) -> None:
        """Nobody reads: the session must not wait for a socket that may never close."""
        self._closed = True
        self._unsent.clear()
        if self.session:
            self.session.leave(self, clean=False)
