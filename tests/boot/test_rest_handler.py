"""REST runs on its own lane: the routes' own answers, from threads that keep their connections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from dashboard.rest_handler import PageHandler, RestHandler

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_profiles]


async def pages(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"by", b"pages")]})
    await send({"type": "http.response.body", "body": b"a page"})


@dataclass
class Visit:
    """One request and its answer; `pieces`: the body as it arrives, None where the line drops."""

    path: str
    key: str = ""
    pieces: list[bytes | None] = field(default_factory=lambda: [b""])
    sent: list[Any] = field(default_factory=list)
    content_type: bytes = b"application/json"

    async def to(self, handler: RestHandler) -> Visit:
        scope = {
            "type": "http",
            "method": "GET",
            "path": self.path,
            "query_string": b"",
            "headers": [
                (b"host", b"parley.example"),
                (b"xi-api-key", self.key.encode()),
                (b"content-type", self.content_type),
            ],
        }
        await handler(scope, self._receive, self._send)
        return self

    async def _receive(self) -> dict[str, Any]:
        piece = self.pieces.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> Any:
        return json.loads(b"".join(message.get("body", b"") for message in self.sent[1:]))


@pytest.fixture
def handler() -> Iterator[RestHandler]:
    handler = RestHandler(pages)
    yield handler
    handler.threads.submit(connection.close)
    handler.threads.shutdown()


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """A word for each connection that somebody opens."""
    words: list[str] = []

    def note(connection: Any, **_: Any) -> None:
        words.append(connection.vendor)

    connection_created.connect(note)
    yield words
    connection_created.disconnect(note)


async def test_what_is_not_under_v1_is_a_page(handler: RestHandler) -> None:
    visit = await Visit("/agents/").to(handler)

    assert (b"by", b"pages") in visit.sent[0]["headers"]


async def test_a_request_is_answered_by_its_route(handler: RestHandler, api_key: str) -> None:
    listed = await Visit("/v1/convai/agents", api_key).to(handler)
    unknown = await Visit("/v1/nothing", api_key).to(handler)
    keyless = await Visit("/v1/convai/agents").to(handler)

    assert (listed.status, listed.body["agents"]) == (200, [])
    assert (unknown.status, unknown.body["detail"]["status"]) == (404, "not_found")
    assert keyless.status == 401


async def test_a_client_that_leaves_while_it_sends_is_not_answered(handler: RestHandler) -> None:
    visit = await Visit("/v1/convai/agents", pieces=[b"{", None]).to(handler)

    assert visit.sent == []


async def test_a_request_that_cannot_even_be_made_is_no_crash() -> None:
    odd = [(b"content-type", b"application/x-www-form-urlencoded; charset=utf-7")]
    scope = {"type": "http", "method": "POST", "path": "/account/login/", "headers": odd}

    request, refusal = PageHandler().create_request(scope | {"query_string": b""}, BytesIO(b"a=1"))

    assert request is None
    assert refusal.status_code == 400


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a pool")
async def test_a_thread_keeps_its_connection(
    handler: RestHandler, api_key: str, opened: list[str]
) -> None:
    for _ in range(30):
        await Visit("/v1/convai/agents", api_key).to(handler)

    assert 1 <= len(opened) <= 12


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a pool")
async def test_a_connection_that_broke_is_not_kept(
    handler: RestHandler, api_key: str, opened: list[str]
) -> None:
    def break_it() -> None:
        connection.ensure_connection()
        connection.connection.close()
        connection.errors_occurred = True

    handler.threads._max_workers = 1
    handler.threads.submit(break_it).result()
    before = len(opened)

    visit = await Visit("/v1/convai/agents", api_key).to(handler)

    assert visit.status == 200
    assert len(opened) == before + 1


async def test_a_content_type_that_nobody_can_decode_is_a_400() -> None:
    visit = Visit("/v1/convai/agents", content_type=b"application/json; charset*=nope''x")

    await visit.to(RestHandler(pages))

    assert visit.sent[0]["status"] == 400
