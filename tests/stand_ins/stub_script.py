"""What the model stub says: a request turned into timed frames of a streamed answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FINE = "Here is a short answer that was made up for this test."
_WORD = re.compile(r"stub:([\w-]+)")
_TOOL = re.compile(r"(garbled-)?tool:([\w.-]+)")


@dataclass(frozen=True)
class Pace:
    """Seconds before the first token and between tokens, and tokens in a plain answer."""

    first: float = 0.05
    gap: float = 0.01
    tokens: int = 20


@dataclass(frozen=True)
class Call:
    name: str
    arguments: str


@dataclass(frozen=True)
class Wish:
    """What the answer shall be: a behaviour word, tool calls, or (neither) plain words."""

    word: str = ""
    calls: tuple[Call, ...] = ()
    text: str = ""


def wish_of(body: Mapping[str, Any]) -> Wish:
    """The model's name decides, then a forced tool, then words in the last user message."""
    messages = body.get("messages") or []
    said, results = _last_said(messages), _results(messages)
    by_model = _wish(str(body.get("model", "")), said, results, prefix=False)
    if by_model:
        return by_model
    if forced := _forced(body):
        return Wish(calls=(Call(forced["name"], json.dumps(fitting(forced["parameters"]))),))
    return _wish(said, said, results, prefix=True) or Wish(text=_after(results))


def _wish(order: str, said: str, results: list[str], *, prefix: bool) -> Wish | None:
    calls = tuple(_calls(order))
    if calls:
        return Wish(text=_after(results)) if results else Wish(calls=calls)
    match = _WORD.search(order) if prefix else re.fullmatch(r"([\w-]+)", order)
    word = match[1] if match else ""
    if word == "echo":
        return Wish(text=said)
    if word == "unknown-tool":
        call = Call("no_such_tool", "{}")
        return Wish(text=_after(results)) if results else Wish(calls=(call,))
    return Wish(word) if WORDS.fullmatch(word) else None


WORDS = re.compile(
    r"slow(-\d+)?|mute|hang|hang-late|garbage|garbage-json|cut|cut-early|cut-clean|cut-tool"
    r"|silent|refuse|length|error-\d{3}|once-\d{3}|error-late"
)


def _after(results: list[str]) -> str:
    return f"The tool said: {' | '.join(results)}" if results else ""


def _calls(order: str) -> Iterator[Call]:
    for match in _TOOL.finditer(order):
        rest = order[match.end() :].lstrip()
        if match[1]:
            yield Call(match[2], '{"never": closed')
        elif rest.startswith("{"):
            arguments, _ = json.JSONDecoder().raw_decode(rest)
            yield Call(match[2], json.dumps(arguments))
        else:
            yield Call(match[2], "{}")


def _last_said(messages: list[dict[str, Any]]) -> str:
    said = [m.get("content") for m in messages if m.get("role") == "user"]
    last = said[-1] if said else ""
    if isinstance(last, list):
        return " ".join(str(part.get("text", "")) for part in last)
    return str(last or "")


def _results(messages: list[dict[str, Any]]) -> list[str]:
    """Outputs of the tools that ran since anybody spoke."""
    found: list[str] = []
    for message in reversed(messages):
        if message.get("role") != "tool":
            break
        found.insert(0, str(message.get("content", "")))
    return found


def _forced(body: Mapping[str, Any]) -> dict[str, Any] | None:
    choice, tools = body.get("tool_choice"), body.get("tools") or []
    functions = [tool["function"] for tool in tools if "function" in tool]
    if choice == "required" and functions:
        return functions[0]
    if isinstance(choice, dict):
        name = choice.get("function", {}).get("name")
        return next((f for f in functions if f["name"] == name), None)
    return None


def fitting(schema: Mapping[str, Any]) -> Any:
    """A value that the JSON Schema accepts: short sentences, first choices, least numbers."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if schema.get(union):
            return fitting(schema[union][0])
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: fitting(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [fitting(schema.get("items", {"type": "string"}))] * schema.get("minItems", 1)
    plain = {"string": FINE, "boolean": True, "null": None}
    return plain[kind] if kind in plain else schema.get("minimum", 1)
