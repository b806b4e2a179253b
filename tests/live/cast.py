"""Fakes beside the live door's ports: a line and a record that remember."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.conversations.pace import Pace
from dashboard.engine.brief import Brief
from dashboard.engine.ports import LLM, NoTools, Speaker, Toolbox
from dashboard.engine.turns import Attachment, Turn
from dashboard.live import wire
from dashboard.live.client_tools import PageTools
from dashboard.live.opening import Opening
from dashboard.live.record import Gone
from dashboard.live.session import LiveSession


class Page:
    """The visitor's end of a line."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.moved = asyncio.Event()

    def post(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        self.moved.set()

    async def hang_up(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self.moved.set()

    def types(self) -> list[str]:
        return [frame["type"] for frame in self.frames]

    def answers(self) -> list[str]:
        finals = [f for f in self.frames if f["type"] == "agent_response"]
        return [f["agent_response_event"]["agent_response"] for f in finals]

    def streamed(self, event_id: int) -> str:
        parts = [
            f["text_response_part"] for f in self.frames if f["type"] == "agent_chat_response_part"
        ]
        return "".join(part["text"] for part in parts if part["event_id"] == event_id)

    async def until(self, fact: Any, seconds: float = 5) -> None:
        """Wait until `fact()` holds."""
        async with asyncio.timeout(seconds):
            while not fact():
                self.moved.clear()
                await self.moved.wait()


@dataclass
class Notebook:
    """A record in memory. `broken`: nothing can be written any more; `gone`: by this server;
    `shut`: it cannot be closed."""

    turns: list[Turn] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    finished: list[tuple[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    broken: bool = False
    gone: bool = False
    shut: bool = False
    uploads: dict[str, Attachment] = field(default_factory=dict)
    thumbs: list[tuple[int, str | None]] = field(default_factory=list)
    released: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(
        self, turn: Turn, *, event_id: int | None, metrics: Mapping[str, float], at: float
    ) -> None:
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("disk full")
        if self.gone:
            raise Gone
        self.turns.append(turn)
        self.log.append(f"kept {turn.message}")
        self.moved.set()

    async def until(self, fact: Any, seconds: float = 5) -> None:
        """Wait until `fact()` holds."""
        async with asyncio.timeout(seconds):
            while not fact():
                self.moved.clear()
                await self.moved.wait()

    async def warn(self, warning: str) -> None:
        self.warnings.append(warning)

    async def files(self, file_ids: Sequence[str]) -> Sequence[Attachment]:
        return [self.uploads[file_id] for file_id in file_ids if file_id in self.uploads]

    async def rate(self, event_id: int, score: str | None, at: float) -> None:
        self.thumbs.append((event_id, score))
        self.moved.set()

    async def speak(self, language: str) -> None:
        self.log.append(f"speaks {language}")

    async def release(self) -> None:
        if self.shut:
            raise OSError("disk full")
        self.released += 1
        self.closed.set()

    async def finish(self, reason: str, trouble: Mapping[str, Any] | None = None) -> None:
        if self.shut:
            raise OSError("disk full")
        self.finished.append((reason, trouble))
        self.closed.set()


def said(text: str, *file_ids: str) -> wire.UserMessage:
    return wire.UserMessage(text, file_ids)


def session(
    llm: LLM,
    notebook: Notebook,
    toolbox: Toolbox | None = None,
    page_tools: PageTools | None = None,
    pace: Pace | None = None,
    **opening: Any,
) -> LiveSession:
    speaker = Speaker(Brief("Be kind.", "Hello!"), llm, toolbox or NoTools())
    begun = Opening("conv_1", speaker, **opening)
    return LiveSession(begun, notebook, page_tools or PageTools(), pace=pace)
