"""A real Parley with a model stub behind it, for clients that know nothing of our code."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.boot.running import PATIENCE, ROOT, environment
from tests.live.doors import door
from tests.stand_ins.beside import beside
from tests.stand_ins.listening_model import Listening, listening_model

from .browser_sdk import Play, in_node
from .live_place import Place

KEY = "sk_for_the_sdk_tests"
READY = "Ctrl-C stops Parley."


@dataclass(frozen=True)
class ParleyServer:
    """Where it listens, and the process that does; `log` has all that it said."""

    url: str
    api_key: str
    process: subprocess.Popen[bytes]
    home: Path
    log: Path

    @property
    def ws_url(self) -> str:
        return "ws" + self.url.removeprefix("http")


@contextmanager
def parley(home: Path, **env: str) -> Iterator[ParleyServer]:
    """`manage.py up` on a free port; `env` has the last word about its environment."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=environment(home, **{"PARLEY_API_KEY": KEY, **env}),
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            greeting = _when(process, log, READY)
            [line] = [line for line in greeting.splitlines() if "Dashboard" in line]
            url = line.split()[-1].rstrip("/")
            yield ParleyServer(url, env.get("PARLEY_API_KEY", KEY), process, home, log)
        finally:
            _end(process)


@contextmanager
def model(*options: str) -> Iterator[str]:
    """The URL of an OpenAI-compatible model that answers as tests wish."""
    line = [sys.executable, "-m", "tests.stand_ins.model_stub", "--port", "0", *options]
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        _end(process)


@pytest.fixture(scope="session")
def parley_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    """One for all tests of a process; they make their own agents and leave the server alone."""
    with ExitStack() as stack:
        url = stack.enter_context(model("--first-ms", "5", "--gap-ms", "1"))
        home = tmp_path_factory.mktemp("parley")
        settings = {
            "PARLEY_LLM_URL": url,
            "PARLEY_LLM_MODEL": "stub",
            "PARLEY_EGRESS_ALLOW": "127.0.0.1",  # for customers' sites that the tests bring
        }
        yield stack.enter_context(parley(home, **settings))


@pytest.fixture(scope="session")
def listening() -> Iterator[Listening]:
    with beside(listening_model()) as model:
        yield model


@pytest.fixture(scope="session")
def place(listening: Listening) -> Iterator[Place]:
    """As `make run` serves. Tests make their own agents."""
    with door("uvicorn", listening.url) as opened:
        yield Place(opened, listening)


@pytest.fixture(scope="session")
def daphne_place(listening: Listening) -> Iterator[Place]:
    with door("daphne", listening.url) as opened:
        yield Place(opened, listening)


@pytest.fixture(scope="session")
def node() -> Iterator[Play]:
    """The vendor's browser SDK in Node."""
    with in_node() as play:
        yield play


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test shows what its server said."""
    report = yield
    server = getattr(item, "funcargs", {}).get("parley_server")
    if report.failed and isinstance(server, ParleyServer):
        report.sections.append(("Server log", server.log.read_text(errors="replace")[-20_000:]))
    return report


def _when(process: subprocess.Popen[bytes], log: Path, said: str) -> str:
    """All that was said once these words are there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if said in (text := log.read_text(errors="replace")):
            return text
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}")


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
