"""One request to a model over HTTP: post, read the stream, and say in words what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import orjson

from dashboard.engine.ports import Ask, ModelTrouble, Piece, Said
from dashboard.engine.turns import ToolCall, Usage

from ..http import (
    NOT_OURS_TO_SET,
    Blocked,
    Endless,
    NoAnswer,
    Stream,
    guarded_client,
    post,
    trusted_client,
)
from .arguments import MOST_CALLS, called, unbroken
from .backend import Backend
from .refusals import refusal
from .sse import Events, Lines, TooLong, Whole
from .writing import written

_MOST_TOKENS = 1_000_000_000
MOST_SAID = 200_000  # characters of one answer; nobody reads more, so something ran away
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
    own = [(name, value) for name, value in backend.headers if name.lower() not in NOT_OURS_TO_SET]
    return {"content-type": "application/json"} | {
        name.lower(): value for name, value in [*headers.items(), *own] if value
    }


async def converse(
    backend: Backend, request: Request, reader: Reader
) -> AsyncGenerator[Piece, None]:
    """Ask, and yield the pieces as they come. Closing the generator closes the connection."""
    body = written(_with_extras(request.body, backend))
    measure = _Measure()
    try:
        client = await (trusted_client() if backend.trusted else guarded_client(backend.allow))
        async with post(client, request.url, request.headers, body) as stream:
            if stream.status != 200:
                raise refusal(backend, stream.status, stream.headers, await _start(stream))
            data = b""
            async with aclosing(_messages(stream, _split(request, stream))) as messages:
                async for data in messages:
                    for piece in _taken(backend, reader, data) if data != _DONE else ():
                        yield measure.take(piece)
            if not data:
                raise _garbage(backend)
            for piece in reader.end(complete=data == _DONE):
                yield measure.take(piece)
    except Blocked as blocked:
        raise ModelTrouble(blocked.reason, transient=False) from None
    except (Endless, TooLong):
        raise ModelTrouble(f"{backend.who} answered without an end.", transient=False) from None
    except NoAnswer as silence:
        raise ModelTrouble(silence.reason) from None


class _Measure:
    """Counts what one answer says and calls. More than anybody can use is trouble, not an answer
    that is cut: the owner has to hear of a model that runs away.
    """

    def __init__(self) -> None:
        self._said = self._calls = 0

    def take(self, piece: Piece) -> Piece:
        if isinstance(piece, Said):
            piece = Said(unbroken(piece.text))
            self._said += len(piece.text)
        elif isinstance(piece, Usage):
            piece = replace(
                piece,
                input_tokens=_tokens(piece.input_tokens),
                output_tokens=_tokens(piece.output_tokens),
                cache_read=_tokens(piece.cache_read),
                cache_write=_tokens(piece.cache_write),
            )
        self._calls += isinstance(piece, ToolCall)
        if self._said > MOST_SAID or self._calls > MOST_CALLS:
            raise TooLong
        return piece


def _tokens(count: object) -> int:
    """A server's count, where it can be one."""
    return count if isinstance(count, int) and 0 <= count <= _MOST_TOKENS else 0


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
    async for chunk in stream.chunks:
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
    except TooLong:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise _garbage(backend) from None


def _garbage(backend: Backend) -> ModelTrouble:
    return ModelTrouble(f"{backend.who} answered with something that is no answer.")


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
