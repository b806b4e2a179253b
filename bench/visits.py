"""A visitor who can come back: what they said, and what they have seen as final."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect

PATH = "/v1/convai/conversation"
HELLO = {
    "type": "conversation_initiation_client_data",
    "dynamic_variables": {"visitor": "Dana", "plan": "pro"},
}
PATIENCE = 60  # seconds for one answer


class Refused(Exception):
    """The server let nobody in; the close reason says why."""


async def shaken_hands(
    url: str, query: dict[str, str], patience: float = 60
) -> tuple[ClientConnection, dict[str, object]]:
    """Connect, say hello, and wait for the metadata."""
    address = f"{url.replace('http', 'ws', 1)}{PATH}?{urlencode(query)}"
    socket = await connect(
        address, proxy=None, compression=None, max_queue=None, open_timeout=patience
    )
    async with asyncio.timeout(patience):
        await socket.send(orjson.dumps(HELLO).decode())
        try:
            frame = orjson.loads(await socket.recv())
        except Exception as error:
            raise Refused(f"{socket.close_code} {socket.close_reason}") from error
    told: dict[str, object] = frame["conversation_initiation_metadata_event"]
    return socket, told


@dataclass
class Visit:
    """`seen`: each final answer by its event id. `doubled`: finals that came a second time."""

    agent_id: str
    conversation_id: str = ""
    said: list[str] = field(default_factory=list)
    seen: dict[int, str] = field(default_factory=dict)
    doubled: int = 0
    first_delta_at: float = 0.0
    _token: str = ""
    _socket: ClientConnection | None = None

    async def begin(self, url: str) -> None:
        query = {"agent_id": self.agent_id, "resume": "1"}
        self._socket, told = await shaken_hands(url, query)
        self.conversation_id = str(told["conversation_id"])
        self._token = str(told.get("resume_token", ""))

    async def come_back(self, url: str) -> None:
        """To this server, whichever had the conversation; say again what did not arrive."""
        after = max(self.seen, default=0)
        query = {"conversation_id": self.conversation_id, "resume_token": self._token}
        self._socket, told = await shaken_hands(url, query | {"after": str(after)})
        kept = told.get("user_messages_kept", len(self.said))
        assert isinstance(kept, int)
        for text in self.said[kept:]:
            await self._send({"type": "user_message", "text": text})

    async def vanish(self) -> None:
        """As a network that fails: nobody says goodbye."""
        assert self._socket
        self._socket.transport.abort()
        await self._socket.wait_closed()

    async def leave(self) -> None:
        if self._socket:
            await self._socket.close()

    async def say(self, text: str) -> None:
        self.said.append(text)
        await self._send({"type": "user_message", "text": text})

    async def hear_final(self) -> int:
        """Wait for a final answer; its event id."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event_id = await self._hear()
                if event_id is not None:
                    return event_id

    async def hear_something(self) -> bool:
        """Wait for the first piece of an answer, or for a whole one: True when it is whole."""
        self.first_delta_at = 0.0
        async with asyncio.timeout(PATIENCE):
            while not self.first_delta_at:
                if await self._hear() is not None:
                    return True
        return False

    async def rest(self, seconds: float) -> None:
        """Say nothing for a while; whatever comes is heard."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._hear()
            except TimeoutError:
                return

    async def _hear(self) -> int | None:
        """One frame; the event id when it is a final answer."""
        assert self._socket
        text = await self._socket.recv(decode=False)
        if b'"type":"delta"' in text:
            self.first_delta_at = self.first_delta_at or time.monotonic()
            return None
        frame = orjson.loads(text)
        match frame["type"]:
            case "ping":
                event_id = frame["ping_event"]["event_id"]
                await self._send({"type": "pong", "event_id": event_id})
            case "agent_response":
                body = frame["agent_response_event"]
                event_id = int(body["event_id"])
                self.doubled += event_id in self.seen
                self.seen[event_id] = body["agent_response"]
                return event_id
        return None

    async def _send(self, frame: dict[str, object]) -> None:
        assert self._socket
        await self._socket.send(orjson.dumps(frame).decode())
