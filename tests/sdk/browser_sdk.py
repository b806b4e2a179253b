"""The vendor's browser SDK, led by a test: in Node, or in a page that a browser shows."""

from __future__ import annotations

import base64
import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .in_node import FOLDER, NODE

JSON = dict[str, Any]
Play = Callable[..., Any]  # a function's name in tests/node/chat.mjs, and what it is given
_keys = itertools.count(1)


@dataclass(frozen=True)
class Refused(Exception):
    """What `startSession` threw."""

    name: str
    message: str
    code: int | None
    reason: str


@contextmanager
def in_node() -> Iterator[Play]:
    """One process of Node for many talks; a browser's WebSocket is behind a flag in older ones."""
    line = [str(NODE), "--no-warnings", "--experimental-websocket", "chats.mjs"]
    process = subprocess.Popen(
        line, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout

    def play(name: str, *given: Any) -> Any:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps([name, given]) + "\n")
        process.stdin.flush()
        answer, trouble = json.loads(process.stdout.readline())
        assert not trouble, trouble
        return answer

    try:
        yield play
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()


class Talk:
    """A session of the SDK. Raises Refused when it does not start.

    `tools`: by name what a function of the page does: {"returns": …}, {"throws": "…"}, and
    `after`: milliseconds that it takes first. `options` in the SDK's own spelling.
    """

    def __init__(self, play: Play, tools: dict[str, JSON] | None = None, **options: Any) -> None:
        self._play, self._key = play, f"talk {next(_keys)}"
        told = play("start", self._key, options, tools or {})
        if no := told.get("refused"):
            raise Refused(no["name"], no["message"], no.get("closeCode"), no.get("closeReason", ""))
        self.id: str = told["id"]

    def do(self, method: str, *given: Any) -> Any:
        """Call one of the session's methods."""
        return self._play("do", self._key, method, list(given))

    def until(self, callback: str, nth: int = 1, **parts: Any) -> Any:
        """The first argument of the nth call of a callback whose argument has these parts."""
        return self._play("until", self._key, callback, nth, parts)

    def heard(self, callback: str) -> list[Any]:
        """The first arguments of all calls so far."""
        return [args[0] if args else None for args in self._play("heard", self._key, callback)]

    def asks(self, text: str) -> str:
        """Say something, and wait for the answer."""
        before = len(self.heard("onMessage"))
        self.do("sendUserMessage", text)
        return str(self.until("onMessage", before + 1)["message"])

    def uploads(self, name: str, kind: str, content: bytes) -> str:
        """Send a file along; its id."""
        sent = self._play("upload", self._key, name, kind, base64.b64encode(content).decode())
        return str(sent["fileId"])

    def types(self) -> list[str]:
        """The types of all frames so far, in order."""
        return [str(frame["type"]) for frame in self.heard("onIncomingEvent")]

    def end(self) -> None:
        self.do("endSession")
