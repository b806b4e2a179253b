"""Servers that a benchmark starts and stops, and what they cost."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from tests import surroundings

ROOT = Path(__file__).resolve().parent.parent
KEY = "sk_benchmark_key_of_this_run"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Running:
    """A process. `url` is its base address, where it has one; `name` is for tables."""

    pid: int
    url: str = ""
    name: str = ""

    def cpu_seconds(self) -> float:
        """User and system time so far, of all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def memory_kb(self) -> int:
        """Memory of its own (proportional share), in KiB."""
        text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        return int(found[1]) if found else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def machine_seconds() -> float:
    """What all processors together have been busy for."""
    fields = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / _TICK  # not idle, not waiting for a disk


@contextmanager
def _process(
    line: list[str], log: IO[str] | None = None, **env: str
) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, *line],
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,  # a worker stops when it closes
            stdout=subprocess.PIPE,
            stderr=log or errors,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def model_stub(first_ms: int, tokens: int, gap_ms: int) -> Iterator[Running]:
    line = ["-m", "tests.stand_ins.model_stub", "--port", "0", "--first-ms", str(first_ms)]
    line += ["--tokens", str(tokens), "--gap-ms", str(gap_ms)]
    with _process(line) as process:
        assert process.stdout
        yield Running(process.pid, process.stdout.readline().strip())


@contextmanager
def bare_server(first_ms: int, tokens: int, gap_ms: int) -> Iterator[Running]:
    """The reference: `websockets` alone, the same frames, nothing behind them."""
    port = free_port()
    line = ["-m", "bench.bare_server", str(port), str(first_ms), str(tokens), str(gap_ms)]
    with _process(line) as process:
        assert process.stdout
        process.stdout.readline()
        yield Running(process.pid, f"http://127.0.0.1:{port}")


@contextmanager
def bare_view(folder: str) -> Iterator[Running]:
    """The reference for REST: Django alone, one view that returns the bytes of a file."""
    port = free_port()
    with _process(["-m", "bench.bare_view", str(port), folder]) as process:
        assert process.stdout
        process.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/0", process)
        yield Running(process.pid, url)


@dataclass(frozen=True)
class House:
    """One installation. `settings`: its environment; `worker`: where it is a process of its own."""

    servers: list[Running]
    worker: Running | None
    settings: dict[str, str]


@contextmanager
def parley(model_url: str, **env: str) -> Iterator[Running]:
    """Parley as `make run` starts it, on an empty data folder, asking `model_url`."""
    with parley_house(model_url, **env) as house:
        yield house.servers[0]


@contextmanager
def parley_house(model_url: str, log: IO[str] | None = None, **env: str) -> Iterator[House]:
    with tempfile.TemporaryDirectory() as home:
        settings = _settings(model_url, home) | env
        with _server(settings, log) as server:
            manage(settings, "shell", "-v0", "-c", _ROOMY)
            yield House([server], None, settings)


@contextmanager
def scaled(model_url: str, servers: int, log: IO[str] | None = None) -> Iterator[House]:
    """The scaled profile on one machine, with databases of its own.

    Raises tests.surroundings.Missing where PostgreSQL or Redis cannot be had.
    """
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        settings = _settings(model_url, home) | {
            "DATABASE_URL": stack.enter_context(surroundings.postgres()),
            "REDIS_URL": stack.enter_context(surroundings.redis()),
            "PARLEY_ROLE": "web",
        }
        found = []
        for number in range(servers):
            server = stack.enter_context(_server(settings, log))
            found.append(Running(server.pid, server.url, f"server {number + 1}"))
            if number == 0:
                manage(settings, "shell", "-v0", "-c", _ROOMY)
        line = ["manage.py", "background"]
        worker = stack.enter_context(_process(line, log, **settings))
        yield House(found, Running(worker.pid, name="worker"), settings)


def manage(settings: dict[str, str], *line: str) -> str:
    """What a command of manage.py prints."""
    env = {**os.environ, **settings}
    command = [sys.executable, "manage.py", *line]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    done.check_returncode()
    return done.stdout


# The largest plan and no rates: the limits of visitors are not what is measured here.
_ROOMY = (
    "from dashboard.workspaces.models import Workspace; "
    "Workspace.objects.update(plan='enterprise', own_voice_limit=400, messages_a_minute=0)"
)


def _settings(model_url: str, home: str) -> dict[str, str]:
    return {
        "PARLEY_HOME": home,
        "PARLEY_API_KEY": KEY,
        "PARLEY_ADMIN_PASSWORD": "benchmark password",
        "PARLEY_LLM_URL": model_url,
        "PARLEY_LLM_MODEL": "stub",
        "PARLEY_LOG_LEVEL": "WARNING",
        "PARLEY_RATE_PER_KEY": "0",
        "PARLEY_RATE_PER_ADDRESS": "0",
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }


@contextmanager
def _server(settings: dict[str, str], log: IO[str] | None = None) -> Iterator[Running]:
    port = free_port()
    with _process(["manage.py", "up"], log, **settings, PORT=str(port)) as process:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/v1/convai/agents", process)
        yield Running(process.pid, url, "parley")


def _wait_for(url: str, process: subprocess.Popen[str], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(url, headers={"xi-api-key": KEY}, trust_env=False).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit(f"Nothing answers at {url}.")
