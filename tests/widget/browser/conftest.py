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


Visits = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, agent: str, line: Line, tmp_path: Path) -> Iterator[Visits]:
    """Opens a page of somebody else's site, with the snippet; scripts on it must not fail.

    In `body` WIDGET and SCRIPT stand for the snippet's two lines, AGENT and SERVER for parts of
    them.
    """
    complaints: list[str] = []
    server = f"http://127.0.0.1:{line.port}"
    ours = partial(type("Ours", (Quietly,), {}), directory=str(tmp_path))
    site = ThreadingHTTPServer(("127.0.0.1", 0), ours)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    tag = f'<elevenlabs-convai agent-id="{agent}"></elevenlabs-convai>'
    script = f'<script src="{server}/convai-widget-embed" async type="text/javascript"></script>'

    def open_page(
        body: str = "WIDGET SCRIPT",
        size: tuple[int, int] = (1280, 800),
        policy: str = "",
        **facts: Any,
    ) -> Page:
        ours.func.policy = policy.replace("SERVER", server)
        body = body.replace("WIDGET", tag).replace("SCRIPT", script)
        body = body.replace("SERVER", server).replace("AGENT", agent)
        head = (
            "<!doctype html><title>Somebody's shop</title><html lang=en><main><h1>Shop</h1></main>"
        )
        (tmp_path / "index.html").write_text(head + body)
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, has_touch=size[0] < 600, **facts
        )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
        )
        page.goto(f"http://127.0.0.1:{site.server_port}/")
        return page

    yield open_page
    for context in chromium.contexts:
        context.close()
    site.shutdown()
    site.server_close()
    assert complaints == []
