"""From what an agent was told, and what a visitor's page asks for, to one conversation's brief."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dashboard.engine import variables
from dashboard.engine.brief import Brief

from .documents import ConversationConfig, conversation_config
from .models import AgentVersion


class OverrideRefused(Exception):
    """The page asks for something that this agent does not let pages change."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Override for field '{name}' is not allowed by config.")
        self.name = name


@dataclass(frozen=True)
class Wishes:
    """What a client asks for at the start. `overrides`: dotted contract path -> value."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, variables.Value | None] = field(default_factory=dict)
    no_audio: bool = False  # the client has no ears, whatever the agent's mode

    def get(self, name: str, otherwise: Any) -> Any:
        return self.overrides.get(name, otherwise)


@dataclass(frozen=True)
class Occasion:
    """Which conversation this is, and when it starts."""

    conversation_id: str
    now: datetime


def check_overrides(version: AgentVersion, wishes: Wishes) -> None:
    """Refuse the first wish that is not permitted; asking for what is so anyway needs no leave.

    (Contract websocket.md §2.1: the widget always sends the language, browsers the text mode.)
    """
    config = conversation_config(version).model_dump()
    allowed = version.platform_settings.get("overrides") or {}
    leaves = allowed.get("conversation_config_override") or {}
    for name, value in wishes.overrides.items():
        if _at(config, name) != value and _at(leaves, name) is not True:
            raise OverrideRefused(name)


def values_for(
    version: AgentVersion, wishes: Wishes, occasion: Occasion
) -> dict[str, variables.Value | None]:
    """Every dynamic variable of this conversation (contract rest.md §5.3)."""
    agent = conversation_config(version).agent
    zone = _zone(agent.prompt.timezone)
    placeholders = agent.dynamic_variables.dynamic_variable_placeholders
    return {
        **placeholders,
        **{k: v for k, v in wishes.variables.items() if not k.startswith("system__")},
        "system__agent_id": version.agent_id,
        "system__current_agent_id": version.agent_id,
        "system__conversation_id": occasion.conversation_id,
        "system__time_utc": occasion.now.isoformat(),
        "system__time": f"{occasion.now.astimezone(zone):%A, %H:%M %d %B %Y}",
        "system__timezone": str(zone),
        "system__call_duration_secs": 0,
    }


def brief_for(
    version: AgentVersion, wishes: Wishes, values: Mapping[str, variables.Value | None]
) -> Brief:
    """The brief, with variables filled in. Raises OverrideRefused or variables.MissingVariable."""
    check_overrides(version, wishes)
    config = conversation_config(version)
    prompt = config.agent.prompt
    language = str(wishes.get("agent.language", config.agent.language))
    instructions = str(wishes.get("agent.prompt.prompt", prompt.prompt))
    if prompt.timezone:
        instructions += "\n\nIt is {{system__time}} ({{system__timezone}})."
    first = wishes.get("agent.first_message", _first_message(config, language))
    return Brief(
        instructions=variables.fill(instructions, values),
        first_message=variables.fill(str(first), values),
        language=language,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens if prompt.max_tokens > 0 else None,
    )


def talks_in_text(version: AgentVersion, wishes: Wishes) -> bool:
    """Whether this conversation is typed: by the agent, by a permitted wish, for lack of ears."""
    agents_own = conversation_config(version).conversation.text_only
    return bool(wishes.get("conversation.text_only", agents_own)) or wishes.no_audio


def _first_message(config: ConversationConfig, language: str) -> str:
    """The first message in the conversation's language, where the owner has written one."""
    preset = config.language_presets.get(language)
    if language == config.agent.language or preset is None:
        return config.agent.first_message
    return preset.first_message or config.agent.first_message


def _at(tree: Any, path: str) -> Any:
    for name in path.split("."):
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
