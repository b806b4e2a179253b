"""Frames that no honest client sends: odd values in every field, in any order, and broken ones."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HELLO = "conversation_initiation_client_data"
PIECES = ("\0", "\ud800", "\udfff", "\u202e", "é", "😀", " ", "'", '"', "{{name}}", "tool:look {}")
NUMBERS = (0, -1, 1, 2, 2**31, 2**53 + 1, 2**63, 2**64, -(2**70), 10**300, 1.5, 1e308)
NAMES = ("type", "text", "event_id", "score", "file_id", "files", "a", "", "\0", "__class__")


@dataclass(frozen=True)
class Bare:
    """Bytes below the frames: as the text of one, or (`below`) straight onto the line."""

    content: bytes
    below: bool = False


Frame = str | bytes | Bare


@dataclass(frozen=True)
class Script:
    """What one socket sends. `cut`: it then breaks the line; else it says goodbye.

    `fatal`: among the frames is one that the server must answer with a close.
    """

    frames: tuple[Frame, ...]
    cut: bool
    fatal: bool


class Hostile:
    """The same frames for the same seed. `files`: ids of uploads to other conversations."""

    def __init__(self, seed: str, files: Sequence[str]) -> None:
        self.chance = random.Random(seed)
        self.files = files

    def script(self, visitor: str, length: int) -> Script:
        """Mostly frames that a session must live with; most begin with a true handshake."""
        chance = self.chance
        frames: list[Frame] = [self._written(self.frame()) for _ in range(length)]
        if chance.random() < 0.9:
            at = 0 if chance.random() < 0.7 else chance.randrange(15)
            frames.insert(at, json.dumps({"type": HELLO, "user_id": visitor}))
        fatal = chance.random() < 0.25
        if fatal:
            at = chance.randrange(len(frames)) if chance.random() < 0.3 else len(frames)
            frames.insert(at, self.broken())
        return Script(tuple(frames), chance.random() < 0.2, fatal)

    def frame(self) -> dict[str, Any]:
        """One JSON object; its type is often one of the contract's."""
        chance = self.chance
        kind, fields = chance.choice(SHAPES)
        frame: dict[str, Any] = {"type": kind}
        for name in fields:
            if chance.random() < 0.85:
                frame[name] = self.value() if chance.random() < 0.6 else self._likely(name)
        if chance.random() < 0.1:
            frame[chance.choice(NAMES)] = self.value()
        if chance.random() < 0.05:
            frame["type"] = self.value()
        if chance.random() < 0.02:
            del frame["type"]
        return frame

    def value(self, depth: int = 0) -> Any:
        chance = self.chance
        match chance.randrange(12 if depth < 3 else 8):
            case 0:
                return None
            case 1:
                return chance.random() < 0.5
            case 2:
                return chance.choice(NUMBERS)
            case 3:
                return chance.choice((float("nan"), float("inf"), -0.0)) if not depth else 0.1
            case 4 | 5 | 6:
                return self._text()
            case 7:
                return "x" * chance.choice((0, 1, 300, 5_000))
            case 8 | 9:
                return [self.value(depth + 1) for _ in range(chance.randrange(4))]
            case 10:
                return self._nested(chance.choice((3, 30, 60)))
        return {chance.choice(NAMES): self.value(depth + 1) for _ in range(chance.randrange(4))}

    def broken(self) -> Frame:
        """A frame that ends the conversation."""
        chance = self.chance
        return chance.choice(
            (
                "not JSON",
                "",
                "[]",
                "7",
                "null",
                '{"type": "user_message", "text": "cut',
                '{"type": "user_message", "text": NaN}',
                f'{{"type": "pong", "event_id": {10**400}}}',
                '{"type": "pong", "event_id": 1e999}',
                '{"type": "pong", "event_id": "\\ud800"}',
                b"\x00\xff\xfe",
                b"",
                Bare(b'{"type": "user_message", "text": "\xff\xfe"}'),
                Bare(b"\xff\xff\xff\xff\xff\xff\xff\xff", below=True),
                Bare(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", below=True),
                json.dumps({"type": "client_tool_result", "result": self._nested(80)}),
                '{"type":' + "[" * 50_000,
                json.dumps({"type": "user_message", "text": "y" * 300_000}),
                "z" * 1_200_000,
                json.dumps({"type": "enclave_setup_config", "agent": {}}),
            )
        )

    def _likely(self, name: str) -> Any:
        """A value of the right kind, or nearly."""
        chance = self.chance
        file = {"type": "file_input", "file_id": chance.choice((*self.files, "file_none", ""))}
        likely: dict[str, Any] = {
            "event_id": chance.choice((0, 1, 2, 3, 99, -1, 2**31)),
            "score": chance.choice(("like", "dislike", None, "LIKE")),
            "tool_call_id": chance.choice(("call_0", "look_1", "look_2", "nobody")),
            "is_error": chance.random() < 0.5,
            "file": file,
            "files": [file] * chance.choice((1, 2, 40)),
            "context_id": chance.choice(("page", "cart", "p" * 5_000)),
            "dynamic_variables": {chance.choice(("name", "system__time", "secret__a", "")): "v"},
            "conversation_config_override": {"agent": {"language": chance.choice(("en", "xx"))}},
        }
        return likely.get(name, self._text())

    def _text(self) -> str:
        chance = self.chance
        words = (chance.choice((*PIECES, "harbour", "coffee")) for _ in range(chance.randrange(6)))
        return "".join(words)

    def _nested(self, depth: int) -> Any:
        value: Any = 0
        for level in range(depth):
            value = [value] if level % 2 else {"a": value}
        return value

    def _written(self, frame: dict[str, Any]) -> str:
        """What JSON has no words for is fatal, so here it is left out."""
        text = json.dumps(frame)
        for odd in ("\\ud800", "\\udfff", "-Infinity", "Infinity", "NaN"):
            text = text.replace(odd, "" if odd.startswith("\\") else "1e308")
        return text


SHAPES = (
    ("user_message", ("text",)),
    ("contextual_update", ("text", "context_id")),
    ("contextual_update", ("text", "context_id")),
    ("user_activity", ()),
    ("pong", ("event_id",)),
    ("pong", ("event_id",)),
    ("client_tool_result", ("tool_call_id", "result", "is_error")),
    ("client_tool_result", ("tool_call_id", "result", "is_error")),
    ("feedback", ("event_id", "score")),
    ("feedback", ("event_id", "score")),
    ("multimodal_message", ("text", "file", "files")),
    ("mcp_tool_approval_result", ("tool_call_id", "is_approved")),
    ("user_audio_chunk", ("user_audio_chunk",)),
    (HELLO, ("conversation_config_override", "dynamic_variables", "user_id", "source_info")),
    ("invented_later", ("text", "event_id")),
    ("agent_response", ("agent_response_event",)),
    ("ping", ("ping_event",)),
)
