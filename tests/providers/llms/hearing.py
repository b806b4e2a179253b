"""Replay a recording to an adapter over real HTTP, cut into pieces of any size."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from dashboard.engine.ports import LLM, Ask, ModelTrouble, Piece, Said
from dashboard.engine.turns import Role, ToolCall, ToolResult, ToolSpec, Turn, Usage, agent, visitor
from dashboard.providers.llms.backends import Backend, llm_named
from tests.stand_ins.loopback import Canned, Loopback, loopback

RECORDINGS = Path(__file__).parent.parent / "recordings"
KEY = "sk-secret-key"
WEATHER = ToolSpec(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
VERDICT = ToolSpec(
    "record_verdict",
    "Record it.",
    {"type": "object", "properties": {"outcome": {"enum": ["success", "failure"]}}},
)
QUESTION = Ask("Be kind.", (visitor("When do you open?"),))
# The agent speaks first, calls two tools of which one is never answered, is cut in upon, and the
# visitor writes twice.
STORY = (
    agent("Hi, I am Ana."),
    visitor("Weather in Oslo and Rome?"),
    Turn(
        Role.AGENT,
        "Let me look.",
        (
            ToolCall("x.1", "get_weather", {"city": "Oslo"}),
            ToolCall("x.2", "get_weather", {"city": "Rome"}),
        ),
    ),
    Turn(Role.AGENT, tool_results=(ToolResult("x.1", "get_weather", "4°"),)),
    Turn(Role.AGENT, "Four degr", interrupted=True),
    Turn(Role.AGENT, ""),
    visitor("Thanks."),
    visitor("And when do you open?"),
)


@dataclass
class Answered:
    pieces: list[Piece]
    trouble: ModelTrouble | None

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces if isinstance(piece, Said))

    @property
    def calls(self) -> list[ToolCall]:
        return [piece for piece in self.pieces if isinstance(piece, ToolCall)]

    @property
    def usage(self) -> Usage | None:
        return next((piece for piece in self.pieces if isinstance(piece, Usage)), None)


async def answered(llm: LLM, ask: Ask = QUESTION) -> Answered:
    """The whole answer, and the trouble that ended it, if any."""
    found = Answered([], None)
    try:
        async with aclosing(llm.answer(ask)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                found.pieces.append(piece)
    except ModelTrouble as trouble:
        found.trouble = trouble
    return found


def recorded(name: str, size: int = 0) -> Canned:
    """A recording as an answer, whole or in pieces of `size` bytes."""
    whole = (RECORDINGS / name).read_bytes()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)] if size else [whole]
    return Canned(tuple(pieces))


def refused(status: int, body: str, *headers: tuple[str, str]) -> Canned:
    return Canned(body.encode(), status, (("Content-Type", "application/json"), *headers))


def events(*messages: Any) -> Canned:
    """Messages as a stream of events."""
    body = b"".join(b"data: " + orjson.dumps(message) + b"\n\n" for message in messages)
    return Canned(body)


def deep(levels: int) -> dict[str, Any]:
    """Objects inside each other."""
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@asynccontextmanager
async def replaying(backend: Backend, *answers: Canned) -> AsyncIterator[tuple[LLM, Loopback]]:
    """A model whose server gives these answers."""
    async with loopback(*answers) as here:
        url = f"{here.url}{backend.url}"
        yield llm_named(replace(backend, url=url, api_key=KEY)), here
