"""A visitor's page under fire: it talks, comes back when its line breaks, and remembers it all.

`returning`: it asks for a resume token and comes back with it, as our own widget does. Without,
it is a client of the vendor's: a broken line ends its conversation, and it starts another one.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

GREETING = "Hello!"
SILENCE_SECONDS = 8.0  # without a word from the server while an answer is awaited: it is gone
PATIENCE_SECONDS = 75.0  # to be answered, or to be let in again
OPEN_SECONDS = 4.0
FINAL_REFUSAL = 1008
WORDS = " ".join(f"word{n}" for n in range(14))
BROKEN = (ConnectionClosed, InvalidHandshake, InvalidMessage, OSError, TimeoutError, EOFError)


@dataclass(frozen=True)
class Said:
    """A visitor's message. `tag` is in its text, and in every true answer to it."""

    tag: str
    text: str
    hasty: bool = False  # the next one was sent before this one was answered


@dataclass
class Break:
    """The line broke: when the page noticed, what for, and when the conversation went on."""

    kind: str
    at: float
    back: float | None = None
    tries: list[str] = field(default_factory=list)  # what each try to come back met

    @property
    def seconds(self) -> float:
        return (self.back or self.at) - self.at


@dataclass
class Seen:
    """One conversation, as the page saw it."""

    conversation_id: str
    returning: bool
    said: list[Said] = field(default_factory=list)
    finals: dict[int, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    breaks: list[Break] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)  # tool_call_id -> what the page answered
    runs: Counter[str] = field(default_factory=Counter)  # how often a tag's tool ran in the page
    ending: str = ""
    waits_since: float = field(default_factory=time.monotonic)

    @property
    def last_event(self) -> int:
        return max(self.finals, default=0)

    @property
    def blamed(self) -> str:
        return self.breaks[-1].kind if self.breaks else "nothing"


class Page:
    """`blame(url)`: what has just been done to that server."""

    def __init__(
        self,
        name: str,
        agent_id: str,
        urls: Sequence[str],
        blame: Callable[[str], str],
        chance: random.Random,
    ) -> None:
        self.name = name
        self.agent_id = agent_id
        self.urls = list(urls)
        self.blame = blame
        self.chance = chance
        self.returning = True
        self.think_seconds = 0.6
        self.seen: list[Seen] = []
        self.socket: ClientConnection | None = None
        self.at = ""
        self._token = ""

    async def live(self, over: asyncio.Event) -> None:
        """One conversation after the other, until it is over; what was said is answered first."""
        while not over.is_set():
            with suppress(*BROKEN):
                await self._converse(over)
            self.socket = None
            await asyncio.sleep(self.chance.uniform(0.1, 0.5))

    def cut(self) -> None:
        """Cut the line without a word."""
        if self.socket:
            self.socket.transport.abort()

    # --- One conversation --------------------------------------------------------------------

    async def _converse(self, over: asyncio.Event) -> None:
        seen = await self._start()
        script = self._script(len(self.seen))
        self.seen.append(seen)
        while not seen.ending:
            try:
                await self._talk(seen, script, over)
            except BROKEN as trouble:
                await self._mend(seen, trouble)

    async def _start(self) -> Seen:
        query = f"agent_id={self.agent_id}{'&resume=1' if self.returning else ''}"
        self.socket = await self._connect(self._elsewhere(), query)
        event = await self._metadata(self.socket)
        self._token = event.get("resume_token", "")
        return Seen(event["conversation_id"], self.returning and bool(self._token))

    async def _talk(self, seen: Seen, script: list[list[Said]], over: asyncio.Event) -> None:
        """Say the next thing whenever everything was answered; goodbye after the last."""
        assert self.socket
        while True:
            await self._until_answered(self.socket, seen)
            if not script or over.is_set():
                break
            await asyncio.sleep(self.chance.uniform(0, self.think_seconds))
            for said in script.pop(0):
                seen.said.append(said)
                seen.waits_since = time.monotonic()
                await self._say(self.socket, said)
        await self.socket.close(1000, "User ended conversation")
        seen.ending = "goodbye" if self.socket.close_code == 1000 else "cut off at the goodbye"

    async def _until_answered(self, socket: ClientConnection, seen: Seen) -> None:
        while self._waits(seen):
            async with asyncio.timeout(SILENCE_SECONDS):
                frame = json.loads(await socket.recv())
            await self._take(socket, seen, frame)
            if time.monotonic() - seen.waits_since > PATIENCE_SECONDS:
                raise TimeoutError

    def _waits(self, seen: Seen) -> bool:
        if not seen.said:
            return not seen.finals
        return seen.said[-1].tag not in seen.answered

    # --- Broken lines ------------------------------------------------------------------------

    async def _mend(self, seen: Seen, trouble: BaseException) -> None:
        """Come back to the conversation, on any server; or see that it is over."""
        line = Break(self.blame(self.at), time.monotonic())
        line.tries.append(f"{self.at[-5:]} {_told(trouble)}")
        seen.breaks.append(line)
        self.cut()
        if not seen.returning:
            seen.ending = "the line broke"
        elif _is_final(trouble):
            seen.ending = f"refused: {_told(trouble)}"
        elif self._waits(seen) and time.monotonic() - seen.waits_since > PATIENCE_SECONDS:
            seen.lost.append("no answer came")
            seen.ending = "no answer came"
        else:
            await self._come_back(seen)

    async def _come_back(self, seen: Seen) -> None:
        line = seen.breaks[-1]
        wait, until = 0.1, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            query = f"conversation_id={seen.conversation_id}&resume_token={self._token}"
            try:
                url = self._elsewhere()
                self.socket = await self._connect(url, f"{query}&after={seen.last_event}")
                event = await self._metadata(self.socket)
                line.back = time.monotonic()
                for said in seen.said[event["user_messages_kept"] :]:
                    await self._say(self.socket, said)
                return
            except BROKEN as trouble:
                passed = time.monotonic() - line.at
                line.tries.append(f"{passed:.1f} s: {self.at[-5:]} {_told(trouble)}")
                if _is_final(trouble):
                    seen.ending = f"refused: {_told(trouble)}"
                    return
            await asyncio.sleep(wait * self.chance.uniform(0.7, 1.3))
            wait = min(wait * 2, 1.5)
        seen.ending = "never let in again"

    def _elsewhere(self) -> str:
        """Another server than the last one, where there is another."""
        others = [url for url in self.urls if url != self.at]
        return self.chance.choice(others or self.urls)

    async def _connect(self, url: str, query: str) -> ClientConnection:
        self.at = url
        address = url.replace("http", "ws", 1) + f"/v1/convai/conversation?{query}"
        more = {"compression": None, "ping_interval": None, "close_timeout": 2}
        return await connect(address, proxy=None, open_timeout=OPEN_SECONDS, **more)  # type: ignore[arg-type]

    async def _metadata(self, socket: ClientConnection) -> dict[str, Any]:
        await self._send(socket, {"type": "conversation_initiation_client_data"})
        frame: dict[str, Any] = {}
        async with asyncio.timeout(30):  # a paused server's conversation is free after 15 s
            while "conversation_initiation_metadata_event" not in frame:
                frame = json.loads(await socket.recv())
        event: dict[str, Any] = frame["conversation_initiation_metadata_event"]
        return event

    # --- Frames ------------------------------------------------------------------------------

    async def _say(self, socket: ClientConnection, said: Said) -> None:
        await self._send(socket, {"type": "user_message", "text": said.text})

    async def _send(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        await socket.send(json.dumps(frame))

    async def _take(self, socket: ClientConnection, seen: Seen, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "agent_response":
                event = frame["agent_response_event"]
                self._final(seen, event["event_id"], event["agent_response"])
            case "agent_response_correction":
                event = frame["agent_response_correction_event"]
                seen.finals[event["event_id"]] = event["corrected_agent_response"]
            case "client_tool_call":
                await self._run(socket, seen, frame["client_tool_call"])
            case "ping":
                pong = {"type": "pong", "event_id": frame["ping_event"]["event_id"]}
                await self._send(socket, pong)
            case "conversation_initiation_metadata":
                seen.doubled.append("a second metadata frame")

    def _final(self, seen: Seen, event_id: int, text: str) -> None:
        if event_id in seen.finals:
            seen.doubled.append(f"event {event_id} came as final again")
        elif event_id < seen.last_event:
            seen.doubled.append(f"event {event_id} came after {seen.last_event}")
        seen.finals[event_id] = text
        open_ones = [said for said in seen.said if said.tag not in seen.answered]
        named = [said for said in open_ones if said.tag in text]
        # A tool's outcome may be unknown, and then its answer names nothing.
        quiet = [said for said in open_ones if not said.hasty and text != GREETING]
        for said in named or quiet[-1:]:
            seen.answered.add(said.tag)

    async def _run(self, socket: ClientConnection, seen: Seen, call: dict[str, Any]) -> None:
        """A function of the page: run once for each call, however often the call comes."""
        if call["tool_call_id"] not in seen.called:
            tag = str(call["parameters"].get("message", ""))
            seen.runs[tag] += 1
            seen.called[call["tool_call_id"]] = f"seen {tag}"
        answer = {"tool_call_id": call["tool_call_id"], "is_error": False}
        answer["result"] = seen.called[call["tool_call_id"]]
        await self._send(socket, {"type": "client_tool_result", **answer})

    def _script(self, conversation: int) -> list[list[Said]]:
        """What will be said: lists of messages that are sent at once."""
        script: list[list[Said]] = []
        number = 0
        for _ in range(self.chance.randint(3, 7)):
            kind = self.chance.choices(("echo", "charge", "look", "hasty"), (5, 2, 2, 1))[0]
            at_once = []
            for last in (False, True) if kind == "hasty" else (True,):
                number += 1
                tag = f"{self.name}.{conversation}.{number}:"
                order = f'tool:{kind} {{"message": "{tag}"}}'
                text = order if kind in ("charge", "look") else f"stub:echo {WORDS}"
                at_once.append(Said(tag, f"{tag} {text}", hasty=not last))
            script.append(at_once)
        return script


def _is_final(trouble: BaseException) -> bool:
    """Whether the server wants this page not to come back."""
    closed = trouble.rcvd if isinstance(trouble, ConnectionClosed) else None
    return closed is not None and closed.code == FINAL_REFUSAL


def _told(trouble: BaseException) -> str:
    closed = trouble.rcvd if isinstance(trouble, ConnectionClosed) else None
    return f"{closed.code} {closed.reason}" if closed else type(trouble).__name__
