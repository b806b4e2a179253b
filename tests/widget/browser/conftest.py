"""One server behind a line that can be cut, one Chromium, and somebody else's page for a test."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.boot.running import ROOT, Running, running
from tests.surroundings import CHROMIUM

from .line import Line

KEY = "sk_for_the_widget_tests"
GREETING = "Ahoy! I'm the Harbour Helper."
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def parley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Its model says thirty words in a second and a half, or what a test tells it to."""
    stub = [sys.executable, "-m", "tests.stand_ins.model_stub", "--port", "0"]
    pace = ["--tokens", "30", "--gap-ms", "50"]
    model = subprocess.Popen([*stub, *pace], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert model.stdout
    env = {"PARLEY_LLM_URL": model.stdout.readline().strip(), "PARLEY_LLM_MODEL": "plain"}
    home = tmp_path_factory.mktemp("widget")
    with running(home, PARLEY_API_KEY=KEY, **env) as started:
        yield started
    model.terminate()
    model.communicate()


@pytest.fixture
def line(parley: Running) -> Iterator[Line]:
    with closing(Line(urlsplit(parley.address).port or 0)) as line:
        yield line


@pytest.fixture(scope="package")
def make_agent(parley: Running) -> Callable[..., str]:
    def make(**agent: Any) -> str:
        config = {
            "agent": {"first_message": GREETING, **agent},
            "conversation": {"text_only": True},
        }
        answer = httpx.post(
            f"{parley.address}/v1/convai/agents/create",
            json={"name": "Widget tests", "conversation_config": config},
            headers={"xi-api-key": KEY},
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["agent_id"])

    return make


@pytest.fixture(scope="package")
def agent(make_agent: Callable[..., str]) -> str:
    return make_agent()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET.split())
        yield browser
        browser.close()


class Quietly(SimpleHTTPRequestHandler):
    policy = ""

    def log_message(self, *_: object) -> None:
        """Nothing to say."""

    def end_headers(self) -> None:
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()


class Site:
    """Somebody else's: one page, and what its scripts and policy complained about."""

    def __init__(self, folder: Path, chromium: Browser) -> None:
        self.complaints: list[str] = []
        self._page = folder / "index.html"
        self._chromium = chromium
        self._answers = type("Answers", (Quietly,), {})
        door = ("127.0.0.1", 0)
        self._server = ThreadingHTTPServer(door, partial(self._answers, directory=str(folder)))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def show(self, body: str, policy: str, size: tuple[int, int], facts: dict[str, Any]) -> Page:
        head = "<!doctype html><html lang=en><title>Somebody's shop</title>"
        self._page.write_text(f"{head}<main><h1>Shop</h1></main>{body}")
        self._answers.policy = policy  # type: ignore[attr-defined]  # made above
        shape = {"width": size[0], "height": size[1]}
        context = self._chromium.new_context(viewport=shape, has_touch=size[0] < 600, **facts)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._listen(said.text))
        page.goto(f"http://127.0.0.1:{self._server.server_port}/")
        return page

    def close(self) -> None:
        for context in self._chromium.contexts:
            context.close()
        self._server.shutdown()
        self._server.server_close()

    def _listen(self, said: str) -> None:
        if "Content Security" in said:
            self.complaints.append(said)


Visits = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, agent: str, line: Line, tmp_path: Path) -> Iterator[Visits]:
    """Opens a page of somebody else's site, with the snippet; scripts on it must not fail.

    In `body` WIDGET and SCRIPT stand for the snippet's two lines, AGENT and SERVER for parts of
    them.
    """
    server = f"http://127.0.0.1:{line.port}"
    words = {
        "WIDGET": '<elevenlabs-convai agent-id="AGENT"></elevenlabs-convai>',
        "SCRIPT": '<script src="SERVER/convai-widget-embed" async type="text/javascript"></script>',
        "AGENT": agent,
        "SERVER": server,
    }

    def open_page(
        body: str = "WIDGET SCRIPT",
        size: tuple[int, int] = (1280, 800),
        policy: str = "",
        **facts: Any,
    ) -> Page:
        for word, meaning in words.items():
            body = body.replace(word, meaning)
        return site.show(body, policy.replace("SERVER", server), size, facts)

    with closing(Site(tmp_path, chromium)) as site:
        yield open_page
    assert site.complaints == []
