"""Refuses bodies that are too large while they arrive: Django keeps all of one before it looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.http import HttpResponse

from dashboard.api.cors import open_up
from dashboard.api.errors import Refusal, refused, too_large, under_v1
from dashboard.workspaces import ids

MARGIN = 64 * 1024  # what a form wraps around its fields
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _TooLarge(Exception):
    """More has come than anybody may send."""


class BodyLimit:
    """Around the HTTP application: nobody, known or not, can fill the disk with one request."""

    def __init__(self, application: Callable[..., Awaitable[None]], most: int) -> None:
        self.application, self.most = application, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        if _declared(scope) > self.most:
            await self._refuse(scope, send)
            return
        arrived, answering = 0, False

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self.most:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.application(scope, counted, noted)
        except _TooLarge:
            if not answering:
                await self._refuse(scope, send)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        await _refuse(scope, send, too_large(self.most - MARGIN))


def _declared(scope: Scope) -> int:
    """What the client says is coming; the count decides where it says nothing sensible."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    # Eighteen digits are a million terabytes; Python counts no further than 4,300 of them.
    fine = [length for length in lengths if length.isdigit() and len(length) <= 18]
    return max(map(int, fine), default=0)


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Closing makes the server stop reading: what is still on its way would be read and dropped."""
    plain = HttpResponse(refusal.message, status=413, content_type="text/plain; charset=utf-8")
    answer = _in_json(scope, refusal) if under_v1(scope["path"]) else plain
    told = {**answer.headers, "Content-Length": str(len(answer.content)), "Connection": "close"}
    headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


def _in_json(scope: Scope, refusal: Refusal) -> HttpResponse:
    """Django has not seen this request: nobody else puts it in its envelope."""
    request_id = ids.request_id()
    answer = refused(refusal, request_id)
    answer.headers["x-request-id"] = request_id
    answer.headers["Cache-Control"] = "private, no-store"
    open_up(scope["path"], scope["method"], answer.headers)
    return answer
