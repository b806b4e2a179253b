"""What happens later in a session, by name, and the pulse that shows how far away its page is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import frames
from .wire import Frame

PING_SECONDS = 15


class Timers:
    """One timer for each name; setting it again starts it anew."""

    def __init__(self) -> None:
        self._set: dict[str, asyncio.TimerHandle] = {}

    def later(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        self.cancel(name)
        self._set[name] = asyncio.get_running_loop().call_later(seconds, act)

    def cancel(self, name: str) -> None:
        if timer := self._set.pop(name, None):
            timer.cancel()

    def cancel_all(self) -> None:
        for name in list(self._set):
            self.cancel(name)


class Pulse:
    """Pings with the latency that the last one measured."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._sent: tuple[int, float] = (0, 0.0)
        self._latency_ms: int | None = None

    def ping(self, event_id: int) -> Frame:
        self._sent = (event_id, self._clock())
        return frames.ping(event_id, self._latency_ms)

    def answered(self, event_id: int) -> None:
        expected, at = self._sent
        if event_id == expected:
            self._latency_ms = round((self._clock() - at) * 1000)
