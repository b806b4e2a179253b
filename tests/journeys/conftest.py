"""One server and one Chromium for the journeys of a test process; a fresh window for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.boot.running import ROOT, Running, running
from tests.surroundings import CHROMIUM

EMAIL, PASSWORD = "ada@harbour.example", "correct horse battery"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESK, PHONE = (1280, 900), (390, 844)

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("journeys")
    owner = {"PARLEY_ADMIN_EMAIL": EMAIL, "PARLEY_ADMIN_PASSWORD": PASSWORD}
    with running(home, **owner, PARLEY_EGRESS_ALLOW="127.0.0.1") as started:
        yield started


@pytest.fixture
def model() -> Iterator[str]:
    """The address of a model that does what it is told (tests/stand_ins/model_stub.py)."""
    line = [sys.executable, "-m", "tests.stand_ins.model_stub", "--port", "0"]
    stub = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert stub.stdout is not None
    yield stub.stdout.readline().strip()
    stub.terminate()
    stub.communicate()


# Of the package, not the session: while it lives, Playwright's loop keeps async tests from running.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET.split())
        yield browser
        browser.close()


Opens = Callable[..., Page]


@pytest.fixture
def window(server: Running, chromium: Browser) -> Iterator[Opens]:
    """Opens a window; nothing may be refused by the content policy or fail in a script."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def open_window(size: tuple[int, int] = DESK, **facts: Any) -> Page:
        shape = {"width": size[0], "height": size[1]}
        touch = size == PHONE
        context = chromium.new_context(
            base_url=server.address, viewport=shape, has_touch=touch, is_mobile=touch, **facts
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if "Content Security" in line.text else None,
        )
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sign_in(window: Opens) -> Opens:
    """A window in which Ada has signed in."""

    def open_signed_in(size: tuple[int, int] = DESK, **facts: Any) -> Page:
        page = window(size, **facts)
        page.goto("/")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Agents", level=1)).to_be_visible()
        return page

    return open_signed_in
