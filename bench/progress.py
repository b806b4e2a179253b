"""How far a long part is: a bar in the terminal, and nothing in a file."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

WIDTH = 30


def show(label: str, part: float, note: str = "") -> None:
    """`part`: from 0 to 1, which ends the bar."""
    if not sys.stderr.isatty():
        return
    full = round(WIDTH * min(1.0, part))
    bar = "█" * full + "░" * (WIDTH - full)
    print(f"\r\x1b[K  {label:26} {bar} {part:4.0%} {note}", end="", file=sys.stderr, flush=True)
    if part >= 1:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@asynccontextmanager
async def lasting(label: str, seconds: float) -> AsyncIterator[None]:
    """A bar that follows the clock for a part whose length is known."""
    began = time.monotonic()

    async def follow() -> None:
        while True:
            show(label, min(0.99, (time.monotonic() - began) / seconds))
            await asyncio.sleep(0.5)

    bar = asyncio.create_task(follow())
    try:
        yield
    finally:
        bar.cancel()
        show(label, 1)
