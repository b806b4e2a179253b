"""Run a stand-in beside a test that is not async: in a thread of its own, with its own loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def beside(stand_in: AbstractAsyncContextManager[T]) -> Iterator[T]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stand-in", daemon=True)
    thread.start()
    try:
        there = asyncio.run_coroutine_threadsafe(stand_in.__aenter__(), loop).result(10)
        try:
            yield there
        finally:
            leave = stand_in.__aexit__(None, None, None)
            asyncio.run_coroutine_threadsafe(leave, loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
