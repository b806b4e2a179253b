"""The model stub with a memory: what reached the model, for tests that ask what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from .model_stub import Frame, Stub, _Connection
from .stub_script import Pace

JSON = dict[str, Any]
MOST = 2000


class Listening(Stub):
    """A stub that keeps each request. Read it from any thread: the list only grows."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(pace)
        self.url = ""
        self.heard: list[JSON] = []

    def answer(self, body: JSON) -> Iterator[Frame]:
        assert len(self.heard) < MOST
        self.heard.append(body)
        return super().answer(body)

    def about(self, words: str) -> list[JSON]:
        """The requests whose last words of the visitor have these in them, oldest first."""
        return [body for body in list(self.heard) if words in _last_words(body)]


def words_of(message: JSON) -> str:
    """A message's text, of all its parts."""
    content = message.get("content") or ""
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content)
    return str(content)


def everything(body: JSON) -> str:
    """All that the model was told in a request, as one text."""
    return "\n".join(words_of(message) for message in body["messages"])


def pictures(body: JSON) -> list[str]:
    """The pictures in a request, as the addresses that carry them."""
    whole = [m["content"] for m in body["messages"] if isinstance(m.get("content"), list)]
    parts = [part for content in whole for part in content if part.get("type") == "image_url"]
    return [str(part["image_url"]["url"]) for part in parts]


def _last_words(body: JSON) -> str:
    said = [words_of(m) for m in body.get("messages", []) if m.get("role") == "user"]
    return said[-1] if said else ""


@asynccontextmanager
async def listening_model(pace: Pace = Pace(0.005, 0.001)) -> AsyncIterator[Listening]:
    """Serve on loopback, as `model_stub` does."""
    stub = Listening(pace)
    make: Callable[[], asyncio.Protocol] = lambda: _Connection(stub)  # noqa: E731
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, backlog=1024)
    stub.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield stub
    finally:
        server.close()
