"""The visitor cuts in: a flag that also wakes whoever waits for the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Hush:
    """Ask an answer in progress to stop at the next piece. Asking twice is asking once."""

    def __init__(self) -> None:
        self.asked = False
        self._wake: Callable[[], None] | None = None

    def ask(self) -> None:
        self.asked = True
        if self._wake:
            self._wake()

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """While inside, `ask()` also calls `wake`."""
        self._wake = wake
        try:
            yield
        finally:
            self._wake = None
