"""What the engine's tests stand on: tools and a library by hand, and ways to hear a reply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from dashboard.engine.events import Delta, Event, TurnTaken
from dashboard.engine.hush import Hush
from dashboard.engine.turns import Excerpt, ToolCall, ToolKind, ToolResult, ToolSpec, Turn


class Weather:
    """One tool, which always knows the same weather."""

    specs: Sequence[ToolSpec] = (ToolSpec("weather", kind=ToolKind.WEBHOOK),)

    def __init__(self, degrees: str = "4°") -> None:
        self.degrees = degrees
        self.asked: list[ToolCall] = []

    async def run(self, call: ToolCall) -> ToolResult:
        self.asked.append(call)
        return ToolResult(call.id, call.name, self.degrees)


class Built:
    """A toolbox of built-in tools only, which the engine carries out itself."""

    def __init__(self, *specs: ToolSpec) -> None:
        self.specs: Sequence[ToolSpec] = specs

    async def run(self, call: ToolCall) -> ToolResult:
        raise AssertionError("the engine carries out built-in tools itself")


class Shelf:
    """A library with one passage."""

    def __init__(self, *found: Excerpt) -> None:
        self.found = found
        self.asked: list[str] = []

    async def find(self, query: str) -> Sequence[Excerpt]:
        self.asked.append(query)
        return self.found


async def heard(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


async def heard_until(events: AsyncIterator[Event], hush: Hush, after: int) -> list[Event]:
    """All events; the visitor cuts in after so many of them."""
    seen: list[Event] = []
    async for event in events:
        seen.append(event)
        if len(seen) == after:
            hush.ask()
    return seen


def turns_of(events: Sequence[Event]) -> list[Turn]:
    return [event.turn for event in events if isinstance(event, TurnTaken)]


def spoken(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))
