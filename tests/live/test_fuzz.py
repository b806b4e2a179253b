"""Twenty thousand hostile frames: no exception, no place that stays taken, no wrong close."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import Counter

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from .doors import Door, visit
from .hostile import Bare, Frame, Hostile, Script

# Real processes: they share one worker of a parallel run, as each start costs seconds.
pytestmark = pytest.mark.xdist_group("doors")  # no frame reaches the database unread

FRAMES = {"uvicorn": 18_000, "daphne": 2_000}
LENGTH = 120  # frames of one socket
AT_ONCE = 20
RIGHT_CLOSES = {1000, 1001, 1002, 1008, 1009}
# What is broken below the frames is refused by the server's own library; Daphne's drops the line.
CLOSES_BELOW = {"uvicorn": RIGHT_CLOSES | {1007}, "daphne": RIGHT_CLOSES | {1006, 1007}}
# Uvicorn's line for 1007. It names no word of what was sent.
EXPECTED = "Invalid UTF-8 sequence received from client."


class Attack:
    """All sockets of one run; `closes`: how often each code ended one. `below`: of broken bytes."""

    def __init__(self, at: Door, agent_id: str, seed: str, files: list[str]) -> None:
        self.at, self.agent_id, self.seed, self.files = at, agent_id, seed, files
        self.closes: Counter[int | None] = Counter()
        self.below: Counter[int | None] = Counter()
        self.sent = 0
        self._number = 0

    async def run(self, frames: int) -> None:
        await asyncio.gather(*(self._keep_on(frames) for _ in range(AT_ONCE)))

    async def _keep_on(self, frames: int) -> None:
        while self.sent < frames:
            self._number += 1
            visitor = f"{self.seed}-{self._number}"
            script = Hostile(visitor, self.files).script(visitor, LENGTH)
            resumes = "&resume=1" if self._number % 3 == 0 else ""
            url = self.at.url.replace("http", "ws", 1) + "/v1/convai/conversation"
            query = f"?agent_id={self.agent_id}{resumes}"
            async with connect(url + query, proxy=None, compression=None) as socket:
                await self._send(socket, script)

    async def _send(self, socket: ClientConnection, script: Script) -> None:
        reading = asyncio.create_task(_read(socket))
        try:
            for frame in script.frames:
                self.sent += 1
                await _put(socket, frame)
            if script.cut:
                socket.transport.abort()
            elif script.fatal:
                async with asyncio.timeout(20):
                    await socket.wait_closed()
            else:
                await socket.close(1000)
        except ConnectionClosed:
            pass
        await reading
        if not script.cut:
            below = any(isinstance(frame, Bare) for frame in script.frames)
            (self.below if below else self.closes)[socket.close_code] += 1


async def _put(socket: ClientConnection, frame: Frame) -> None:
    if not isinstance(frame, Bare):
        await socket.send(frame)
    elif frame.below:
        socket.transport.write(frame.content)
    else:
        await socket.send(frame.content, text=True)


async def _read(socket: ClientConnection) -> None:
    try:
        async for _ in socket:
            pass
    except ConnectionClosed:
        pass


def agent_of(at: Door) -> str:
    """One that takes files and looks into the page, and tells everything."""
    look = {"type": "client", "name": "look", "description": "Looks.", "expects_response": True}
    prompt = {"prompt": "Be kind.", "llm": "stub", "tools": [look | {"response_timeout_secs": 1}]}
    conversation = {"text_only": True, "file_input": {"enabled": True}}
    return at.agent(
        {"conversation": conversation, "agent": {"first_message": "Hello!", "prompt": prompt}}
    )


async def upload(at: Door, agent_id: str) -> str:
    """A file of somebody else's conversation; its id."""
    async with visit(at, agent_id) as visitor:
        conversation_id = await visitor.hello()
        path = f"/conversations/{conversation_id}/files"
        file = {"file": ("a.txt", b"Only mine.", "text/plain")}
        found = await asyncio.to_thread(at.call, "POST", path, files=file)
    file_id: str = found["file_id"]
    return file_id


def open_ones(at: Door, agent_id: str) -> list[str]:
    """Conversations that still take a place."""
    found: list[str] = []
    query = f"?agent_id={agent_id}&page_size=100"
    cursor = ""
    while True:
        page = at.call("GET", f"/conversations{query}{cursor}")
        rows = page["conversations"]
        found += [r["conversation_id"] for r in rows if r["status"] in ("initiated", "in-progress")]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def all_ended(at: Door, agent_id: str) -> list[str]:
    """What is still open after 20 s, or as soon as nothing is."""
    until = asyncio.get_running_loop().time() + 20
    while True:
        left = await asyncio.to_thread(open_ones, at, agent_id)
        if not left or asyncio.get_running_loop().time() > until:
            return left
        await asyncio.sleep(0.2)


def complaints(output: str) -> list[str]:
    """What a server writes about errors that nobody expected."""
    marks = ("Traceback", '"level": "error"', '"level": "critical"', "Unhandled", "Exception in")
    lines = [line for line in output.splitlines() if EXPECTED not in line]
    return [line for line in lines if any(mark in line for mark in marks)]


async def test_no_frame_breaks_the_door(at: Door, request: pytest.FixtureRequest) -> None:
    agent_id = agent_of(at)
    seed = os.environ.get("FUZZ_SEED") or secrets.token_hex(4)
    kind = request.node.callspec.params["at"]
    before = len(at.output())
    attack = Attack(at, agent_id, seed, [await upload(at, agent_id)])

    await attack.run(FRAMES[kind])
    left = await all_ended(at, agent_id)

    told = f"FUZZ_SEED={seed}"
    assert at.process.poll() is None, told
    assert complaints(at.output()[before:]) == [], told
    assert set(attack.closes) <= RIGHT_CLOSES, f"{told}: {attack.closes}"
    assert set(attack.below) <= CLOSES_BELOW[kind], f"{told}: {attack.below}"
    assert left == [], told
    async with visit(at, agent_id) as visitor:
        await visitor.hello()
        assert await visitor.answer() == "Hello!"
        await visitor.say("stub:echo Still here?")
        assert "Still here?" in await visitor.answer()
