"""Pages and files that take long leave the server, its threads and its database to the others."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from dashboard.knowledge import turns
from dashboard.knowledge.sources import SECONDS, from_url
from dashboard.knowledge.turns import Busy, turn
from tests.knowledge import papers
from tests.stand_ins.beside import beside
from tests.stand_ins.loopback import Canned, Loopback, loopback

from .conftest import Caller

pytestmark = pytest.mark.both_profiles

BASE = "/convai/knowledge-base"
HTML = (("Content-Type", "text/html"),)


@contextmanager
def _all_at_once(*deeds: Callable[[], Any]) -> Iterator[list[Any]]:
    answers: list[Any] = []

    def do(deed: Callable[[], Any]) -> None:
        answers.append(deed())
        connection.close()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        for thread in threads:
            thread.join(SECONDS)


def _wait_for(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not there():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_two_pages_of_a_workspace_are_fetched_at_a_time(
    ask: Caller, cleo_asks: Caller, settings: LazySettings
) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]

    def add(site: Loopback, caller: Caller) -> Any:
        return caller.post(f"{BASE}/url", {"url": site.url})

    with beside(loopback(Canned(papers.PAGE, pause=1.5, headers=HTML))) as site:
        with _all_at_once(lambda: add(site, ask), lambda: add(site, ask)) as answers:
            _wait_for(lambda: site.connections == 2)
            third, hers = add(site, ask), add(site, cleo_asks)

    assert (third.status_code, third.json()["detail"]["status"]) == (429, "system_busy")
    assert int(third["Retry-After"]) > 0
    assert [one.status_code for one in (hers, *answers)] == [200, 200, 200]
    assert not turns._taken


@pytest.mark.django_db(transaction=True)
def test_many_that_are_never_answered_hold_nobody_else_up(
    ask: Caller, settings: LazySettings
) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    made = ask.post(f"{BASE}/text", {"text": "We ship."}).json()["id"]

    with ExitStack() as silent:
        never = Canned(papers.PAGE, pause=60, headers=HTML)
        site = silent.enter_context(beside(loopback(never)))
        adds = [lambda: ask.post(f"{BASE}/url", {"url": site.url})] * 12
        with _all_at_once(*adds) as answers:
            _wait_for(lambda: len(answers) == 12 - turns.OF_ONE)
            _wait_for(lambda: site.connections == turns.OF_ONE)
            found = ask.get(f"{BASE}/{made}").status_code
            early = [one.status_code for one in answers]
            beside_them = site.connections
            silent.close()

    assert (found, set(early), beside_them) == (200, {429}, turns.OF_ONE)
    assert SECONDS <= 15


def test_a_refresh_and_a_file_wait_for_their_turn_too(
    ask: Caller, workspace: Any, settings: LazySettings
) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with beside(loopback(Canned(papers.PAGE, headers=HTML))) as site:
        made = ask.post(f"{BASE}/url", {"url": site.url}).json()["id"]
    form = {"file": SimpleUploadedFile("a.pdf", papers.pdf("We ship."))}
    body = encode_multipart(BOUNDARY, form)
    text = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("a.md", b"We ship.")})

    with turn(workspace.pk), turn(workspace.pk):
        again = ask.post(f"{BASE}/{made}/refresh", {})
        file = ask("POST", f"{BASE}/file", body, content_type=MULTIPART_CONTENT)
        plain = ask("POST", f"{BASE}/file", text, content_type=MULTIPART_CONTENT)

    assert [one.status_code for one in (again, file, plain)] == [429, 429, 200]


def test_a_process_has_a_bound_of_its_own() -> None:
    with turn("a"), turn("a"), turn("b"), turn("b"), pytest.raises(Busy), turn("c"):
        pass

    with turn("c"):
        pass


@pytest.mark.django_db(transaction=True)
def test_the_database_is_not_held_while_a_page_is_fetched() -> None:
    wrapper, free = connections["default"], []
    wrapper.ensure_connection()

    async def page() -> AsyncIterator[bytes]:
        yield papers.PAGE

    def answer(request: httpx.Request) -> httpx.Response:
        free.append(wrapper.connection is None)
        return httpx.Response(200, content=page(), headers=dict(HTML))

    from_url("https://shop.example/", httpx.AsyncClient(transport=httpx.MockTransport(answer)))

    assert free == [wrapper.vendor == "postgresql"]
