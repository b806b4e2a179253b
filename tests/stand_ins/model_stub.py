"""An OpenAI-compatible model for tests and benchmarks: cheap, timed, and naughty on request.

    python -m tests.stand_ins.model_stub --port 0 --first-ms 50 --tokens 20 --gap-ms 10

prints its base URL (`http://127.0.0.1:PORT/v1`) and serves POST /v1/chat/completions (streamed or
whole), GET /v1/models, GET /stats (`requests`, `open`, `abandoned`: answers whose reader left) and
GET /last (the body of the last chat request). In a test: `async with model_stub() as url:`.

A plain answer is `--tokens` words. Behaviours are chosen by the model's name (`echo`, `hang` …) or
by `stub:WORD` in the last user message; a model's name wins:

    echo            says the last user message          slow, slow-MS   MS (200) between tokens
    mute            never answers at all                hang            headers, then nothing
    hang-late       three words, then nothing           cut-early       closes before any token
    cut             three words, then a broken stream   cut-clean       ends without a finish
    cut-tool        breaks inside a tool's arguments    silent          finishes with no words
    garbage         an HTML page                        garbage-json    data that is not JSON
    refuse          finish_reason content_filter        length          finish_reason length
    error-NNN       that status (429: Retry-After 1)    once-NNN        that status the first time
    error-late      an error object in mid-stream       unknown-tool    calls `no_such_tool`
    tool:NAME {json}   calls the tool (several in one message: in parallel), and once the results
                       are there says `The tool said: …`; garbled-tool:NAME sends broken JSON

`tool:` needs no `stub:` before it. A request that forces a tool (`tool_choice`) gets a call whose
arguments fit the schema; words in messages do not change that, so that a judge can read them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

from .stub_script import Call, Pace, Wish, wish_of

Frame = bytes | float | None  # what to send, seconds to wait, or the end of the connection

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_END = b"0\r\n\r\n"


def _data(payload: bytes) -> bytes:
    event = b"data: " + payload + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(event), event)


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    whole = {"id": "stub", "object": "chat.completion.chunk", "created": 0, "model": "stub"}
    return _data(json.dumps({**whole, "choices": [choice]}).encode())


def _whole(status: str, body: bytes, kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def _call_chunks(calls: tuple[Call, ...]) -> Iterator[bytes]:
    """Each call in fragments, as the real ones come."""
    for at, call in enumerate(calls):
        head = {"name": call.name, "arguments": ""}
        start = {"index": at, "id": f"call_{at}", "type": "function", "function": head}
        yield _chunk({"role": "assistant", "tool_calls": [start]})
        for cut in range(0, len(call.arguments), 12):
            part = {"arguments": call.arguments[cut : cut + 12]}
            yield _chunk({"tool_calls": [{"index": at, "function": part}]})


class Stub:
    """The server's memory: its pace, the frames of a plain answer, and what it has seen."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        words = ["Hello", *(f" word{n}" for n in range(1, pace.tokens))]
        self.plain = [_chunk({"content": word}) for word in words]
        self.stats = {"requests": 0, "open": 0, "abandoned": 0}
        self.last = b"{}"
        self.refused: set[bytes] = set()

    def answer(self, body: dict[str, Any]) -> Iterator[Frame]:
        wish = wish_of(body)
        word, _, number = wish.word.partition("-")
        if word == "mute":
            yield from (86400.0, None)
        elif word == "error" and number.isdecimal():
            yield _error(int(number))
        elif word == "once" and self.last not in self.refused:
            self.refused.add(self.last)
            yield _error(int(number))
        elif wish.word == "garbage":
            yield _whole("200 OK", b"<html><body>It works!</body></html>", "text/html")
        elif not body.get("stream"):
            yield 0.0 if not self.pace.first else self.pace.first
            yield _completion(wish, self.pace.tokens)
        else:
            yield _HEAD
            yield from self._stream(wish, body)

    def _stream(self, wish: Wish, body: dict[str, Any]) -> Iterator[Frame]:
        word, _, number = wish.word.partition("-")
        gap = int(number or 200) / 1000 if word == "slow" else self.pace.gap
        chunks = self._chunks(wish)
        yield self.pace.first
        if wish.word in _BREAKS:
            count, last = _BREAKS[wish.word]
            yield from chunks[:count]
            yield from last
            return
        for at, chunk in enumerate(chunks):
            if at:
                yield gap
            yield chunk
        yield _chunk({}, _finish(wish))
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 9, "completion_tokens": len(chunks), "total_tokens": 9}
            yield _data(json.dumps({"model": "stub", "choices": [], "usage": usage}).encode())
        yield _data(b"[DONE]") + _END

    def _chunks(self, wish: Wish) -> list[bytes]:
        if wish.calls:
            return list(_call_chunks(wish.calls))
        if wish.word == "cut-tool":
            return list(_call_chunks((Call("lookup", '{"question": "what is it?"}'),)))
        if wish.word == "silent":
            return []
        if wish.text:
            words = wish.text.split(" ")
            return [_chunk({"content": w if n == 0 else f" {w}"}) for n, w in enumerate(words)]
        return self.plain


_BREAKS: dict[str, tuple[int, tuple[Frame, ...]]] = {
    "hang": (0, (86400.0,)),
    "hang-late": (3, (86400.0,)),
    "cut": (3, (0.02, None)),
    "cut-early": (0, (None,)),
    "cut-clean": (3, (_END, None)),
    "cut-tool": (2, (0.02, None)),
    "garbage-json": (1, (_data(b"{not json") + _END, None)),
    "error-late": (2, (_data(b'{"error": {"message": "overloaded"}}') + _END, None)),
}


def _finish(wish: Wish) -> str:
    if wish.calls:
        return "tool_calls"
    return {"refuse": "content_filter", "length": "length"}.get(wish.word, "stop")


def _error(status: int) -> bytes:
    body = {"error": {"message": f"stub says {status}", "type": "stub", "code": None}}
    more = "Retry-After: 1\r\n" if status == 429 else ""
    return _whole(f"{status} Trouble", json.dumps(body).encode(), more=more)


def _completion(wish: Wish, tokens: int) -> bytes:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "" if wish.word == "silent" else wish.text or "Hello",
    }
    if wish.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{at}",
                "type": "function",
                "function": {"name": c.name, "arguments": c.arguments},
            }
            for at, c in enumerate(wish.calls)
        ]
    usage = {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}
    choice = {"index": 0, "message": message, "finish_reason": _finish(wish)}
    whole = {"id": "stub", "object": "chat.completion", "created": 0, "model": "stub"}
    return _whole("200 OK", json.dumps({**whole, "choices": [choice], "usage": usage}).encode())


class _Connection(asyncio.Protocol):
    """One kept-alive connection; frames are sent by timers, without a task."""

    def __init__(self, stub: Stub) -> None:
        self.stub = stub
        self.buffer = bytearray()
        self.frames: Iterator[Frame] | None = None
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.frames is None and (request := self._request()):
            self._serve(*request)

    def _request(self) -> tuple[str, str, bytes] | None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[:end].decode("latin-1").split("\r\n")
        lengths = [h[15:] for h in head if h[:15].lower() == "content-length:"]
        stop = end + 4 + int(lengths[0] if lengths else 0)
        if len(self.buffer) < stop:
            return None
        body = bytes(self.buffer[end + 4 : stop])
        del self.buffer[:stop]
        method, path, _ = head[0].split(" ", 2)
        return method, path, body

    def _serve(self, method: str, path: str, body: bytes) -> None:
        if method == "POST" and path.endswith("/chat/completions"):
            self.stub.last = body
            self.stub.stats["requests"] += 1
            self.stub.stats["open"] += 1
            self.frames = self.stub.answer(json.loads(body))
            self._step()
        elif path.endswith("/models"):
            names = [{"id": name, "object": "model"} for name in ("stub", "echo")]
            self.transport.write(_whole("200 OK", json.dumps({"data": names}).encode()))
        elif path == "/stats":
            self.transport.write(_whole("200 OK", json.dumps(self.stub.stats).encode()))
        elif path == "/last":
            self.transport.write(_whole("200 OK", self.stub.last))
        else:
            self.transport.write(_error(404))

    def _step(self) -> None:
        """Send what is due; come back after the next wait."""
        assert self.frames is not None
        for frame in self.frames:
            if isinstance(frame, bytes):
                self.transport.write(frame)
            elif frame is None:
                self.transport.close()
                break
            elif frame:
                self.timer = asyncio.get_running_loop().call_later(frame, self._step)
                return
        self.frames = None
        self.stub.stats["open"] -= 1
        if self.buffer:
            self.data_received(b"")

    def connection_lost(self, _: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()
        if self.frames is not None:
            self.frames = None
            self.stub.stats["open"] -= 1
            self.stub.stats["abandoned"] += 1


@asynccontextmanager
async def model_stub(pace: Pace = Pace(0, 0), port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback; gives the base URL. The default pace does not wait."""
    stub = Stub(pace)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(stub), "127.0.0.1", port, backlog=1024)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


async def _forever(pace: Pace, port: int) -> None:
    async with model_stub(pace, port) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    wants = argparse.ArgumentParser(description="An OpenAI-compatible model that is made up.")
    wants.add_argument("--port", type=int, default=0)
    wants.add_argument("--first-ms", type=float, default=50)
    wants.add_argument("--gap-ms", type=float, default=10)
    wants.add_argument("--tokens", type=int, default=20)
    said = wants.parse_args()
    pace = Pace(said.first_ms / 1000, said.gap_ms / 1000, said.tokens)
    if sys.platform != "win32":
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_forever(pace, said.port))


if __name__ == "__main__":
    main()
