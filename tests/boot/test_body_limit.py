"""A body that is too large is refused while it arrives; nobody's disk is filled with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboard.body_limit import BodyLimit

MOST = 100


class Reader:
    """An application that reads the whole body and answers how much there was."""

    read = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            self.read += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})


class Sender:
    """A client that sends its pieces one by one, and counts how many were taken."""

    def __init__(self, *pieces: bytes, **headers: str) -> None:
        self.pieces, self.taken, self.answer = list(pieces), 0, []
        self.headers = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]

    async def receive(self) -> dict[str, Any]:
        self.taken += 1
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}

    async def send(self, message: dict[str, Any]) -> None:
        self.answer.append(message)

    async def post(self, path: str = "/v1/convai/agents/create") -> Reader:
        reader = Reader()
        scope = {"type": "http", "method": "POST", "path": path, "headers": self.headers}
        await BodyLimit(reader, MOST)(scope, self.receive, self.send)
        return reader

    @property
    def status(self) -> int:
        return int(self.answer[0]["status"])

    @property
    def told(self) -> dict[bytes, bytes]:
        return dict(self.answer[0]["headers"])


async def test_a_body_within_the_limit_passes() -> None:
    sender = Sender(b"x" * 60, b"x" * 40, content_length="100")

    reader = await sender.post()

    assert reader.read == 100
    assert sender.status == 200


async def test_a_body_that_says_it_is_too_large_is_not_read_at_all() -> None:
    sender = Sender(b"x" * 101, content_length="101")

    await sender.post()

    assert (sender.status, sender.taken) == (413, 0)
    assert json.loads(sender.answer[1]["body"])["detail"]["status"] == "too_large"
    assert sender.told[b"content-type"] == b"application/json"
    assert sender.told[b"connection"] == b"close"


async def test_a_stream_is_cut_where_it_becomes_too_large() -> None:
    sender = Sender(*[b"x" * 40] * 50)

    reader = await sender.post()

    assert (sender.status, sender.taken, reader.read) == (413, 3, 80)


@pytest.mark.parametrize("length", ["many", "-1", "9" * 5000, "1e3"])
async def test_a_length_that_is_none_is_no_way_around(length: str) -> None:
    sender = Sender(*[b"x" * 40] * 50, content_length=length)

    await sender.post()

    assert sender.status == 413
    assert sender.taken <= 3


async def test_pages_say_it_in_plain_text() -> None:
    sender = Sender(b"", content_length="101")

    await sender.post("/settings/api-keys/")

    assert sender.told[b"content-type"].startswith(b"text/plain")


async def test_what_is_no_request_is_left_alone() -> None:
    heard: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope["type"])

    sender = Sender()
    await BodyLimit(application, MOST)({"type": "websocket"}, sender.receive, sender.send)

    assert heard == ["websocket"]
