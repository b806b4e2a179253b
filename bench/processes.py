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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
KEY = "sk_benchmark_key_of_this_run"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Running:
    """A server process. `url` is its base address."""

    pid: int
    url: str

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


@contextmanager
def _process(line: list[str], **env: str) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, *line],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
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


@contextmanager
def parley(model_url: str, **env: str) -> Iterator[Running]:
    """Parley as `make run` starts it, on an empty data folder, asking `model_url`."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        settings = {
            "PARLEY_HOME": home,
            "PORT": str(port),
            "PARLEY_API_KEY": KEY,
            "PARLEY_ADMIN_PASSWORD": "benchmark password",
            "PARLEY_LLM_URL": model_url,
            "PARLEY_LLM_MODEL": "stub",
            "PARLEY_LOG_LEVEL": "WARNING",
            **env,
        }
        with _process(["manage.py", "up"], **settings) as process:
            url = f"http://127.0.0.1:{port}"
            _wait_for(f"{url}/v1/convai/agents", process)
            subprocess.run(
                [sys.executable, "manage.py", "shell", "-v0", "-c", _ROOMY],
                cwd=ROOT,
                env={**os.environ, **settings},
                check=True,
                capture_output=True,
            )
            yield Running(process.pid, url)


# The largest plan: the limits of smaller ones are not what is measured here.
_ROOMY = (
    "from dashboard.workspaces.models import Workspace; Workspace.objects.update(plan='enterprise')"
)


def _wait_for(url: str, process: subprocess.Popen[str], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(url, headers={"xi-api-key": KEY}, trust_env=False).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit(f"Nothing answers at {url}.")
