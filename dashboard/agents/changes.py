"""What is different between two versions of an agent, in words that people know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal

import orjson

from dashboard.workspaces.changes import Absent, changes
from dashboard.workspaces.retelling import retold

from .documents import (
    as_text,
    filled_conversation_config,
    filled_platform_settings,
    filled_workflow,
    same,
)
from .models import AgentVersion

SHORT = 80  # characters of a value that needs no comparison word by word
LONGEST = 20_000  # characters of a text that is shown
# Comparing takes up to the cube of its pieces when somebody means ill.
MOST_PIECES, MOST_COMPARED = 1_000, 20
ALIKE = 0.35  # the share of a text that has to stay
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_NAMES = ("id", "hostname", "test_id", "voice_id", "name")  # what items of a list are known by
_SPOKEN = {
    "conversation_config.agent.prompt.prompt": "Instructions",
    "conversation_config.agent.first_message": "First message",
    "conversation_config.agent.language": "Language",
    "conversation_config.agent.prompt.llm": "Model",
    "conversation_config.agent.prompt.temperature": "Creativity",
    "conversation_config.agent.prompt.knowledge_base": "Knowledge",
    "conversation_config.agent.prompt.rag": "Search in knowledge",
    "conversation_config.agent.prompt.tool_ids": "Tools",
    "conversation_config.agent.prompt.tools": "Tools",
    "conversation_config.agent.prompt.built_in_tools": "Built-in tools",
    "conversation_config.agent.dynamic_variables.dynamic_variable_placeholders": "Fallback",
    "conversation_config.conversation.text_only": "Text only",
    "conversation_config.language_presets": "Other languages",
    "conversation_config.tts": "Voice",
    "platform_settings.archived": "Archived",
    "platform_settings.auth.allowlist": "My sites",
    "platform_settings.auth.enable_auth": "Signed link needed",
    "platform_settings.call_limits.agent_concurrency_limit": "At the same time",
    "platform_settings.call_limits.bursting_enabled": "Burst",
    "platform_settings.call_limits.daily_limit": "A day",
    "platform_settings.call_limits.messages_per_minute": "Messages a minute",
    "platform_settings.call_limits.refusal_message": "When there is no room",
    "platform_settings.data_collection": "Collected data",
    "platform_settings.evaluation.criteria": "Questions for judging",
    "platform_settings.guardrails": "Guardrails",
    "platform_settings.overrides": "What a page may change",
    "platform_settings.privacy": "Retention",
    "platform_settings.testing.attached_tests": "Tests",
    "platform_settings.widget": "Widget",
    "platform_settings.workspace_overrides.webhooks": "Webhook",
    "workflow": "Workflow",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of a text that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True)
class Difference:
    """One place that differs. before, after: as text, None where there is nothing."""

    path: str
    label: str
    before: str | None
    after: str | None
    pieces: tuple[Piece, ...] = ()  # of texts that are long enough to be read word by word


def differences(old: AgentVersion, new: AgentVersion) -> list[Difference]:
    """As clients read the two: a default that somebody wrote out is no difference."""
    before, after = _whole(old), _whole(new)
    found = list(changes(_by_name(before), _by_name(after)))
    if not found:  # items changed places at most
        found = list(changes(before, after))
    told = [_told(c.path, c.before, c.after) for c in found if not same(c.before, c.after)]
    long = [one for one in told if one.before and one.after and _is_long(one)][:MOST_COMPARED]
    words = {one.path: tuple(compared(one.before or "", one.after or "")) for one in long}
    return [replace(one, pieces=words.get(one.path, ())) for one in told]


def _is_long(one: Difference) -> bool:
    return max(len(one.before or ""), len(one.after or "")) > SHORT


def _whole(version: AgentVersion) -> dict[str, Any]:
    return {
        "conversation_config": filled_conversation_config(version),
        "platform_settings": filled_platform_settings(version),
        "workflow": filled_workflow(version),
        **version.other,
    }


def _by_name(value: Any) -> Any:
    """Lists of things that have a name, as objects: so that one of them can differ by itself."""
    if isinstance(value, Mapping):
        return {name: _by_name(inner) for name, inner in value.items()}
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return value
    for key in _NAMES:
        names = [item.get(key) for item in value]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return {name: _by_name(item) for name, item in zip(names, value, strict=True)}
    return value


def _told(path: tuple[str, ...], before: Any, after: Any) -> Difference:
    old, new = (_text(retold(path, value), value) for value in (before, after))
    return Difference(".".join(path), label_of(path), old, new)


def _text(shown: Any, value: Any) -> str | None:
    """A value without its secrets; long texts whole, as the log would cut them."""
    if isinstance(value, Absent):
        return None
    match shown:
        case None:
            return None
        case bool():
            return "yes" if shown else "no"
        case str():
            whole = isinstance(value, str) and shown[:100] == value[:100]
            return value[:LONGEST] if whole else shown
        case float() if shown.is_integer():
            return str(int(shown))
        case list() if all(isinstance(item, str) for item in shown):
            return ", ".join(shown)
        case dict() | list():
            try:
                return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()
            except orjson.JSONEncodeError:
                return as_text(shown)
    return str(shown)


def label_of(path: Sequence[str]) -> str:
    """The dashboard's word for a place, and what is inside of it; empty when it has none."""
    for length in range(len(path), 0, -1):
        spoken = _SPOKEN.get(".".join(path[:length]))
        if spoken:
            inner = [part.replace("_", " ") for part in path[length:]]
            return " · ".join([spoken, *inner])
    return ""


def compared(old: str, new: str) -> Iterator[Piece]:
    """Line by line, and word by word where lines are alike."""
    lines, others = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for kind, a, b in _blocks(lines, others):
        words = [(kind, a, b)]
        if kind == "replace":
            words = _blocks(_WORDS.findall(a), _WORDS.findall(b))
            kept = sum(len(text) for word_kind, text, _ in words if word_kind == "equal")
            if kept < ALIKE * max(len(a), len(b)):  # another text: single words in common confuse
                words = [(kind, a, b)]
        yield from _pieces(words)


def _blocks(old: list[str], new: list[str]) -> list[tuple[str, str, str]]:
    if max(len(old), len(new)) > MOST_PIECES:
        return [("replace", "".join(old), "".join(new))]
    codes = SequenceMatcher(None, old, new).get_opcodes()
    return [(kind, "".join(old[a:b]), "".join(new[c:d])) for kind, a, b, c, d in codes]


def _pieces(blocks: list[tuple[str, str, str]]) -> Iterator[Piece]:
    for kind, old, new in blocks:
        if kind == "equal":
            yield Piece("same", old)
            continue
        if old:
            yield Piece("gone", old)
        if new:
            yield Piece("new", new)
