"""A model that says what it was told to say: for tests and recordings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from dashboard.engine.ports import Ask, ModelTrouble, Piece, Said
from dashboard.engine.turns import ToolCall, Turn, Usage

Line = str | ToolCall | ModelTrouble | list[Piece | ModelTrouble]


class ScriptedLLM:
    """Each line is one answer: a text (said word by word), a tool call, trouble, or exact pieces.

    `heard` holds the turns of every ask, `asked` the asks. When the script is over, it repeats
    its last line. `pause`: seconds between pieces.
    """

    def __init__(self, *lines: Line, pause: float = 0) -> None:
        self.lines = list(lines)
        self.asked: list[Ask] = []
        self.heard: list[tuple[Turn, ...]] = []
        self.pause = pause

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        line = self.lines[min(len(self.asked), len(self.lines) - 1)]
        self.asked.append(ask)
        self.heard.append(ask.turns)
        for piece in _pieces(line):
            await asyncio.sleep(self.pause)
            if isinstance(piece, ModelTrouble):
                raise piece
            yield piece


def _pieces(line: Line) -> list[Piece | ModelTrouble]:
    if isinstance(line, list):
        return line
    if isinstance(line, str):
        words = line.split(" ")
        said: list[Piece | ModelTrouble] = [
            Said(word if at == 0 else f" {word}") for at, word in enumerate(words)
        ]
        return [*said, Usage("scripted", len(words), len(words))]
    return [line]
