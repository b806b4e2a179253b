"""A real server with a stand-in model behind it, and a visitor's raw socket in front."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect

from tests.boot.running import ROOT, Running, environment, running

KEY = "sk_live_door_tests_0001"
_buses = cycle(range(8, 16))  # of Redis's sixteen; the lower ones are pytest's own


@dataclass
class Door:
    """`output()`: what the server has written so far, both streams."""

    url: str
    process: subprocess.Popen[str]
    lines: list[str]
    key: str = KEY

    def output(self) -> str:
        return "".join(self.lines)

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = httpx.request(
            method, f"{self.url}/v1/convai{path}", headers={"xi-api-key": self.key}, **more
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def agent(self, config: dict[str, Any] | None = None, **platform: Any) -> str:
        """A new text-only agent that greets; its id."""
        usual = {
            "conversation": {"text_only": True},
            "agent": {"first_message": "Hello!", "prompt": {"prompt": "Be kind.", "llm": "stub"}},
        }
        body = {"conversation_config": config or usual, "platform_settings": platform}
        agent_id: str = self.call("POST", "/agents/create", json=body)["agent_id"]
        return agent_id


@contextmanager
def profile() -> Iterator[dict[str, str]]:
    """The services of the profile under test, with a database for one server alone."""
    if not settings.REDIS_URL:
        yield {}
        return
    import psycopg

    name = f"parley_live_{secrets.token_hex(6)}"
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        own = urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
        # Servers of different databases must not take each other's messages.
        bus = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path=f"/{next(_buses)}"))
        try:
            yield {"DATABASE_URL": own, "REDIS_URL": bus}
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def door(kind: str, model_url: str) -> Iterator[Door]:
    """`kind`: uvicorn (as `make run` serves) or daphne."""
    more = {
        "PARLEY_API_KEY": KEY,
        "PARLEY_LLM_URL": model_url,
        "PARLEY_LLM_MODEL": "stub",
        "PARLEY_LOG_LEVEL": "DEBUG",
        "PARLEY_HANDSHAKE_SECONDS": "2",
        "PARLEY_RESUME_SECONDS": "5",
    }
    with tempfile.TemporaryDirectory() as folder, profile() as services:
        home = Path(folder)
        more |= services
        with running(home, **more) as server:
            if kind == "uvicorn":
                with _telling(_opened(server.address, server.process, server)) as opened:
                    yield opened
                return
            server.stop()
        with _worker(home, more) if services else nullcontext(), _daphne(home, more) as opened:
            with _telling(opened):
                yield opened


@contextmanager
def _telling(opened: Door) -> Iterator[Door]:
    """What goes wrong tells what the server said meanwhile."""
    try:
        yield opened
    except BaseException as error:
        error.add_note(f"The server said:\n{opened.output()[-20_000:]}")
        raise


@contextmanager
def _worker(home: Path, more: dict[str, str]) -> Iterator[None]:
    """Daphne serves only; with Redis the worker is a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "background"],
        cwd=ROOT,
        env=environment(home, **more),
        stdin=subprocess.PIPE,
    )
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _daphne(home: Path, more: dict[str, str]) -> Iterator[Door]:
    line = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", "0"]
    process = subprocess.Popen(
        [*line, "dashboard.asgi:application"],
        cwd=ROOT,
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        address = ""
        while "Listening on TCP address" not in (address := process.stdout.readline()):
            assert process.poll() is None, address
        port = address.split("127.0.0.1:")[1].split('"')[0].strip()
        yield _opened(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


def _opened(url: str, process: subprocess.Popen[str], server: Running | None = None) -> Door:
    lines = [server.said] if server else []

    def read() -> None:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)

    threading.Thread(target=read, daemon=True).start()
    return Door(url, process, lines)


class Visitor:
    """A raw client: sends frames, remembers what came."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []

    async def send(self, frame: dict[str, Any] | str | bytes) -> None:
        await self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def hello(self, **data: Any) -> str:
        """Shake hands; the conversation's id."""
        await self.send({"type": "conversation_initiation_client_data", **data})
        frame = await self.next()
        assert frame["type"] == "conversation_initiation_metadata", frame
        event = frame["conversation_initiation_metadata_event"]
        conversation_id: str = event["conversation_id"]
        return conversation_id

    async def say(self, text: str) -> None:
        await self.send({"type": "user_message", "text": text})

    async def next(self, seconds: float = 20) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def until(self, kind: str) -> dict[str, Any]:
        """The next frame of a type; what comes before is remembered."""
        while (frame := await self.next())["type"] != kind:
            pass
        return frame

    async def answer(self) -> str:
        text: str = (await self.until("agent_response"))["agent_response_event"]["agent_response"]
        return text

    async def closed(self) -> tuple[int | None, str | None]:
        """The code and reason of the server's close."""
        async with asyncio.timeout(20):
            await self.socket.wait_closed()
        return self.socket.close_code, self.socket.close_reason

    def drop(self) -> None:
        """Cut the line without a word."""
        self.socket.transport.abort()


@asynccontextmanager
async def visit(at: Door, agent_id: str, **options: Any) -> AsyncIterator[Visitor]:
    query = options.pop("query", "")
    url = at.url.replace("http", "ws", 1) + f"/v1/convai/conversation?agent_id={agent_id}{query}"
    async with connect(url, proxy=None, **options) as socket:
        yield Visitor(socket)


async def record(at: Door, conversation_id: str, *states: str) -> Any:
    """The conversation by REST, once it is in one of the states."""
    until = asyncio.get_running_loop().time() + 100  # a judge may be asked again
    while True:
        found = await asyncio.to_thread(at.call, "GET", f"/conversations/{conversation_id}")
        if not states or found["status"] in states:
            return found
        late = asyncio.get_running_loop().time() > until
        assert not late, f"still {found['status']}\n{at.output()[-4000:]}"
        await asyncio.sleep(0.1)


def turns(found: Any) -> list[tuple[str, str]]:
    return [(turn["role"], turn["message"]) for turn in found["transcript"]]
