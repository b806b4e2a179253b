"""One request to a model over HTTP: post, read the stream, and say in words what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from dashboard.engine.ports import Ask, ModelTrouble, Piece, Said
from dashboard.engine.turns import ToolCall

from ..http import Blocked, NoAnswer, Stream, guarded_client, post, trusted_client
from .backend import Backend
from .refusals import refusal
from .sse import Events, Lines, TooLong, Whole

_MOST = 32 * 1024 * 1024  # bytes of one whole answer
_DONE = b"[DONE]"
# How long a server may take to end the body after its last event, before the connection is
# given up instead of kept for the next request.
_LINGER = 0.05

JSON = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What is posted, and how the answer is cut: server-sent events, or lines of JSON."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: JSON = field(repr=False)
    lines: bool = False


class Reader(Protocol):
    """A dialect's ear: pieces from its messages. Either deed may raise `ModelTrouble`."""

    def take(self, message: JSON) -> Sequence[Piece]: ...

    def end(self, complete: bool) -> Iterable[Piece]:
        """What is left when the stream is over; `complete`: the server said so."""
        ...


def merged(headers: Mapping[str, str], backend: Backend) -> dict[str, str]:
    """The dialect's headers, and the backend's own, which win."""
    return {"content-type": "application/json"} | {
        name.lower(): value for name, value in [*headers.items(), *backend.headers] if value
    }


async def converse(
    backend: Backend, request: Request, reader: Reader
) -> AsyncGenerator[Piece, None]:
    """Ask, and yield the pieces as they come. Closing the generator closes the connection."""
    client = await (trusted_client() if backend.trusted else guarded_client(backend.allow))
    body = orjson.dumps(_with_extras(request.body, backend))
    try:
        async with post(client, request.url, request.headers, body) as stream:
            if stream.status != 200:
                raise refusal(backend, stream.status, stream.headers, await _start(stream))
            data = b""
            async with aclosing(_messages(stream, _split(request, stream))) as messages:
                async for data in messages:
                    for piece in _taken(backend, reader, data) if data != _DONE else ():
                        yield piece
            if not data:
                raise _garbage(backend)
            for piece in reader.end(complete=data == _DONE):
                yield piece
    except Blocked as blocked:
        raise ModelTrouble(blocked.reason, transient=False) from None
    except NoAnswer as silence:
        raise ModelTrouble(silence.reason) from None
    except TooLong:
        raise ModelTrouble(f"{backend.who} answered without an end.", transient=False) from None


def _with_extras(body: JSON, backend: Backend) -> JSON:
    """The backend's own fields win; of an object in both, each member by itself."""
    whole = dict(body)
    for name, value in backend.extra_body:
        ours = whole.get(name)
        both = isinstance(value, dict) and isinstance(ours, dict)
        whole[name] = ours | value if both else value
    return whole


def _split(request: Request, stream: Stream) -> Events | Lines | Whole:
    if request.lines:
        return Lines()
    whole = stream.headers.get("content-type", "").startswith("application/json")
    return Whole() if whole else Events()


async def _messages(stream: Stream, split: Events | Lines | Whole) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in stream.chunks:
        size += len(chunk)
        if size > _MOST:
            raise TooLong
        for data in split.feed(chunk):
            if data == _DONE:
                yield data
                await _drain(stream)
                return
            if data:
                yield data
    for data in split.rest():
        yield data


async def _drain(stream: Stream) -> None:
    """Read to the end of the body, so that the connection can serve the next request."""
    try:
        async with asyncio.timeout(_LINGER):
            async for _ in stream.chunks:
                pass
    except (TimeoutError, NoAnswer):
        pass


async def _start(stream: Stream) -> bytes:
    """The start of an error's body, for its code."""
    body = bytearray()
    async for chunk in stream.chunks:
        body += chunk
        if len(body) > 65536:
            break
    return bytes(body)


def _taken(backend: Backend, reader: Reader, data: bytes) -> Sequence[Piece]:
    try:
        return reader.take(orjson.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise _garbage(backend) from None


def _garbage(backend: Backend) -> ModelTrouble:
    return ModelTrouble(f"{backend.who} answered with something that is no answer.")


def called(call_id: str, name: str, raw: str) -> ToolCall:
    """A call from its arguments as text; what is no JSON object is kept as garbled."""
    try:
        arguments = orjson.loads(raw) if raw.strip() else {}
        if isinstance(arguments, str):  # some servers encode twice
            arguments = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        arguments = None
    if isinstance(arguments, dict):
        return ToolCall(call_id, name, arguments)
    return ToolCall(call_id, name, garbled=raw)


async def insisting(
    ask: Ask, backend: Backend, pieces: AsyncIterator[Piece]
) -> AsyncGenerator[Piece, None]:
    """When one tool has to be called: its call, also from a model that wrote it out as text."""
    if ask.must_call is None:
        async for piece in pieces:
            yield piece
        return
    said, found = "", False
    async for piece in pieces:
        if isinstance(piece, Said):
            said += piece.text
            yield Said("")  # a sign of life
        else:
            found = found or isinstance(piece, ToolCall)
            yield piece
    if not found:
        yield _written_out(ask.must_call.name, said, backend)


def _written_out(name: str, said: str, backend: Backend) -> ToolCall:
    start, end = said.find("{"), said.rfind("}")
    call = called(name, name, said[start : end + 1] or "?")
    if start < 0 or call.garbled is not None:
        raise ModelTrouble(f"{backend.who} did not call the tool that it was told to call.")
    return call
