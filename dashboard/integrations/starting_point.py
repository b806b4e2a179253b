"""What a ready-made agent is: what it does, what it asks its owner for, and its document."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def as_typed(typed: str) -> str:
    return typed.strip()


def bearer(typed: str) -> str:
    """A key as the whole value of an Authorization header."""
    key = typed.strip()
    return key if key.lower().startswith("bearer ") else f"Bearer {key}"


def basic(typed: str) -> str:
    """`user:password` as the whole value of an Authorization header."""
    login = typed.strip()
    if login.lower().startswith("basic "):
        return login
    return f"Basic {base64.b64encode(login.encode()).decode()}"


@dataclass(frozen=True)
class Need:
    """One thing that the owner has to give.

    `secret`: it belongs in the vault, in the form that `kept_as` gives it; the agent's document
    gets its id. Anything else stands in the document as typed. `pattern`: what must match.
    """

    key: str
    label: str
    hint: str
    example: str = ""
    secret: bool = False
    kept_as: Callable[[str], str] = as_typed
    pattern: str = ""
    lines: int = 1

    def fits(self, typed: str) -> bool:
        """Whether what was typed can be used."""
        value = typed.strip()
        return bool(value) and bool(re.fullmatch(self.pattern or r"[\s\S]+", value))


@dataclass(frozen=True)
class StartingPoint:
    """An agent that works once its needs are met."""

    key: str
    title: str
    does: str
    agent_name: str
    first_message: str
    needs: tuple[Need, ...]
    folder: Path

    @property
    def guide(self) -> str:
        """Where to find what it needs, in Markdown."""
        return (self.folder / "guide.md").read_text()

    def conversation_config(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The agent's document. `given`, by the need's key: a secret's id, or what was typed."""
        typed = {need.key: given[need.key].strip() for need in self.needs}
        tools = json.loads((self.folder / "tools.json").read_text())
        prompt = {
            "prompt": _filled((self.folder / "instructions.md").read_text().strip(), typed),
            "timezone": "UTC",  # the model is told the time; without it no date can be meant
            "tools": _filled(tools, typed),
            "built_in_tools": {"end_call": _END_CALL},
        }
        return {
            "agent": {"first_message": self.first_message, "prompt": prompt},
            "conversation": {"text_only": True},
        }


_END_CALL = {
    "type": "system",
    "name": "end_call",
    "description": "",
    "params": {"system_tool_type": "end_call"},
}


def _filled(part: Any, typed: Mapping[str, str]) -> Any:
    """The part of a document with every `[[need]]` replaced by what was given for it."""
    match part:
        case str():
            for key, value in typed.items():
                part = part.replace(f"[[{key}]]", value)
            return part
        case dict():
            return {name: _filled(inner, typed) for name, inner in part.items()}
        case list():
            return [_filled(inner, typed) for inner in part]
        case _:
            return part
