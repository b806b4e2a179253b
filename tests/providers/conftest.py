"""Third-party model servers, run as real processes over HTTP."""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

NODE = Path(__file__).parent.parent / "node"
AIMOCK = NODE / "node_modules/@copilotkit/aimock/dist/cli.js"
FIXTURES = Path(__file__).parent / "recordings" / "aimock.json"


@pytest.fixture(scope="session")
def aimock() -> Iterator[str]:
    """Scripted turns from JSON, in the dialects of several vendors; the server's address."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.fail("These tests need node 20 or newer, with npm.", pytrace=False)
    with (Path(tempfile.gettempdir()) / "parley-tests-node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # each test process would install at the same time
        if not AIMOCK.exists():
            done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=NODE, check=False)
            if done.returncode:
                pytest.fail("npm ci in tests/node failed; see above.", pytrace=False)
    port = free_port()
    line = [node, str(AIMOCK), "-p", str(port), "-f", str(FIXTURES), "--strict"]
    with _running([*line, "-c", "4", "--log-level", "silent"], port) as url:
        yield url


@pytest.fixture(scope="session")
def faulty() -> Iterator[Faulty]:
    """A server that fails and breaks streams when told to."""
    port = free_port()
    line = [sys.executable, "-m", "llmock.cli", "serve", "-p", str(port), "--log-level", "error"]
    with _running(line, port) as url:
        yield Faulty(url)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Faulty:
    """PyPI's llmock, told over HTTP what to do next."""

    def __init__(self, url: str) -> None:
        self.url = url

    def then(self, *behaviours: dict[str, object]) -> None:
        """Forget what was; the next requests meet these."""
        httpx.post(f"{self.url}/_llmock/reset", trust_env=False).raise_for_status()
        if behaviours:
            body = {"behaviors": behaviours}
            scenario = f"{self.url}/_llmock/scenario"
            httpx.post(scenario, json=body, trust_env=False).raise_for_status()


@contextmanager
def _running(line: list[str], port: int) -> Iterator[str]:
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"{url}/health", timeout=1, trust_env=False)
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(f"{process.args} did not start.", pytrace=False)
