"""The programs of one installation in a drill: each can be killed, paused and started again."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.boot.running import ROOT, environment
from tests.surroundings import Missing

KEY = "sk_live_drill_of_this_run"
READY_SECONDS = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """One process and its output, over all its lives. `port`: where it listens; 0: nowhere."""

    name: str
    line: list[str]
    env: dict[str, str]
    log: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    whole: bool = False  # up and untroubled, as far as the drill knows
    exits: list[float] = field(default_factory=list)  # seconds that each orderly stop took

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.line,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.PIPE,  # a worker stops when it closes
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def signal(self, by: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(by)

    async def ready(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + READY_SECONDS
        while not await asyncio.to_thread(self._answers):
            dead = self.process is None or self.process.poll() is not None
            late = time.monotonic() > until
            if dead or late:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-3000:]}")
            await asyncio.sleep(0.1)
        self.whole = True

    async def kill(self) -> None:
        self.whole = False
        self.signal(signal.SIGKILL)
        await self.gone()

    async def stop(self) -> None:
        """In order, as a rolling restart does."""
        self.whole = False
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        await self.gone()
        self.exits.append(time.monotonic() - began)

    async def gone(self) -> None:
        assert self.process
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self.process.wait, 45)
        if self.process.poll() is None:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)

    async def again(self) -> None:
        self.start()
        await self.ready()

    def _answers(self) -> bool:
        if not self.port:
            return True
        if self.name == "redis":
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return True
            return False
        with suppress(httpx.HTTPError):
            path = f"{self.url}/v1/openapi.json"
            return httpx.get(path, timeout=3, trust_env=False).status_code == 200
        return False


class Rows:
    """The installation's database, looked at from outside."""

    def __init__(self, database: str, home: Path) -> None:
        self.database, self._home = database, home

    def all(self, sql: str) -> list[Any]:
        """The rows of a statement, or none when it has none."""
        if self.database:
            import psycopg

            with psycopg.connect(self.database, autocommit=True) as session:
                cursor = session.execute(sql)  # type: ignore[call-overload]  # constants of this package
                return cursor.fetchall() if cursor.description else []
        file = sqlite3.connect(self._home / "parley.sqlite3", timeout=30)
        try:
            with file:
                return file.execute(sql).fetchall()
        finally:
            file.close()


@dataclass
class House:
    """`worker` and `redis` are None where the servers do without, or where they are not ours."""

    servers: list[Program]
    worker: Program | None
    redis: Program | None
    rows: Rows

    @property
    def programs(self) -> list[Program]:
        found = [self.redis, *self.servers, self.worker]
        return [program for program in found if program]

    async def start(self) -> None:
        """All of it; the first server makes the tables."""
        if self.redis:
            await self.redis.again()
        await self.servers[0].again()
        await asyncio.gather(*(server.again() for server in self.servers[1:]))
        if self.worker:
            await self.worker.again()
        # The largest plan and no slowest visitor: limits are not what is drilled.
        self.rows.all("UPDATE workspaces_workspace SET plan = 'enterprise', messages_a_minute = 0")

    def agent(self, document: dict[str, Any]) -> str:
        """Make an agent; its id."""
        headers = {"xi-api-key": KEY}
        url = f"{self.servers[0].url}/v1/convai/agents/create"
        answer = httpx.post(url, headers=headers, json=document, timeout=30, trust_env=False)
        answer.raise_for_status()
        return str(answer.json()["agent_id"])

    def output(self) -> str:
        return "".join(p.log.read_text(errors="replace") for p in self.programs)


@contextmanager
def house(home: Path, count: int, **env: str) -> Iterator[House]:
    """`count` servers, and with Redis a worker beside them. Nothing runs before `start()`."""
    more = {"PARLEY_API_KEY": KEY, "PARLEY_ROLE": "web", "PARLEY_SWEEP_SECONDS": "2", **env}
    plain = environment(home, **more)
    manage = [sys.executable, "manage.py"]
    servers = []
    for number in range(1, count + 1):
        port, name = free_port(), f"server{number}"
        own = {**plain, "PORT": str(port)}
        servers.append(Program(name, [*manage, "up"], own, home / f"{name}.log", port))
    worker = None
    if env.get("REDIS_URL"):
        worker = Program("worker", [*manage, "background"], plain, home / "worker.log")
    built = House(servers, worker, None, Rows(env.get("DATABASE_URL", ""), home))
    try:
        yield built
    finally:
        for program in built.programs:
            if program.process and program.process.poll() is None:
                program.process.kill()
                program.process.communicate()


def own_redis(folder: Path) -> Program:
    """A Redis that may be killed; it keeps nothing."""
    path = shutil.which("redis-server")
    if not path:
        raise Missing("Redis (install redis-server)")
    port = free_port()
    line = [path, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    line += ["--save", "", "--appendonly", "no"]
    return Program("redis", line, {"PATH": "/usr/bin:/bin"}, folder / "redis.log", port)
