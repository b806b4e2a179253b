"""A real Parley in a process of its own, started as an operator starts it."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # a busy machine, not a slow server


@dataclass
class Running:
    """A server that is ready, and what it said when it was."""

    process: subprocess.Popen[str]
    said: str

    @property
    def address(self) -> str:
        return self._fact(r"Dashboard\s+(http://\S+?)/\s")

    @property
    def api_key(self) -> str:
        return self._fact(r"API key\s+(\S+)")

    @property
    def login(self) -> tuple[str, str]:
        return self._fact(r"Login\s+(\S+)"), self._fact(r"password: (\S+)")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str, float]:
        """The exit code, what was said meanwhile, and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(by)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest, time.monotonic() - began

    def _fact(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, self.said
        return found.group(1)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of the operator's own, unless a test says so."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PARLEY_", "OPENAI_", "ANTHROPIC_", "GEMINI_", "OLLAMA_"))
        and name not in ("DATABASE_URL", "REDIS_URL", "WEB_CONCURRENCY")
    }
    return {**kept, "PORT": "0", "PARLEY_HOME": str(home), **more}


def command(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """One of manage.py's commands; both streams come in as one."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@contextmanager
def running(home: Path, **env: str) -> Iterator[Running]:
    process = command(environment(home, **env), "up")
    try:
        yield Running(process, _greeting(process))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refusal(home: Path, **env: str) -> tuple[int, str]:
    """The exit code and the words of a start that must not succeed."""
    process = command(environment(home, **env), "up")
    try:
        words, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, words.strip()


def _greeting(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said, until = "", time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if not select.select([process.stdout], [], [], 0.5)[0]:
            continue
        line = os.read(process.stdout.fileno(), 65536).decode()
        said += line
        if "Ctrl-C stops" in said or not line:
            break
    assert "Ctrl-C stops" in said, f"Parley did not start:\n{said}"
    return said
