"""One answer on its way to the page: the first piece at once, the next ones joined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import frames
from .wire import Frame

JOIN_SECONDS = 0.04


class Saying:
    """`streams`: whether the agent's clients want parts at all (contract websocket.md §6)."""

    def __init__(self, post: Callable[[Frame], None], event_id: int, streams: bool) -> None:
        self.event_id = event_id
        self.sent = ""
        self._post = post
        self._streams = streams
        self._waiting: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        if not self._streams:
            return
        if not self.sent:
            self._post(frames.part("", "start", self.event_id))
            self._send(text)
            return
        self._waiting.append(text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(JOIN_SECONDS, self._flush)

    def stop(self) -> None:
        """Send what is left, and the end of the stream if there was one."""
        self._flush()
        if self.sent:
            self._post(frames.part("", "stop", self.event_id))

    def again(self) -> None:
        """Everything so far, for a page that has come back."""
        if self.sent:
            self.sent += "".join(self._waiting)
            self._waiting.clear()
            self._post(frames.part("", "start", self.event_id))
            self._post(frames.part(self.sent, "delta", self.event_id))

    def _flush(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            text = "".join(self._waiting)
            self._waiting.clear()
            self._send(text)

    def _send(self, text: str) -> None:
        self.sent += text
        self._post(frames.part(text, "delta", self.event_id))
