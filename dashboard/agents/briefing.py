"""From what an agent was told, and what a visitor's page asks for, to one conversation's brief."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from dashboard.engine import variables
from dashboard.engine.brief import Brief

from .documents import conversation_config
from .model_choice import CUSTOM
from .models import AgentVersion
from .overriding import FIRST_MESSAGE, LAST_MESSAGE, PROMPT, OverrideRefused, Told
from .wishes import EXTRA_BODY, Wishes, kept, wishes_again, wishes_of

__all__ = [
    "Occasion",
    "OverrideRefused",
    "Wishes",
    "brief_of",
    "kept",
    "longest_message",
    "talks_in_text",
    "values_for",
    "wishes_again",
    "wishes_of",
]

# Where servers that stand behind `custom-llm` look for what a client sends along. One key of its
# own, so that no client can set the model, the messages, the tools or how the answer comes.
EXTRA_KEY = "elevenlabs_extra_body"
# There are such, but not for what is typed: a text shows nothing, a tool does without.
_OF_PHONES = ("system__caller_id", "system__called_number", "system__call_sid")


@dataclass(frozen=True)
class Occasion:
    """Which conversation this is, and when it started. `clock` tells what time it is now."""

    conversation_id: str
    now: datetime
    clock: Callable[[], datetime] = timezone.now


def values_for(version: AgentVersion, wishes: Wishes, occasion: Occasion) -> variables.Moving:
    """Every dynamic variable of this conversation (contract rest.md §5.3).

    Texts are filled once, with what was so at the start; tools read the time when they run.
    """
    agent = conversation_config(version).agent
    zone = _zone(agent.prompt.timezone)
    fallbacks = agent.dynamic_variables.dynamic_variable_placeholders
    given = wishes.variables.items()
    still: dict[str, variables.Value | None] = {
        **dict.fromkeys(_OF_PHONES),
        **{k: v for k, v in fallbacks.items() if v is None or variables.plain(v)},
        **{k: v for k, v in given if not k.startswith(variables.RESERVED_PREFIX)},
        "system__agent_id": version.agent_id,
        "system__current_agent_id": version.agent_id,
        "system__conversation_id": occasion.conversation_id,
        "system__is_text_only": talks_in_text(version, wishes),
        "system__timezone": str(zone),
        **{name: tell(occasion.now) for name, tell in _times(occasion, zone).items()},
    }
    moving = _times(occasion, zone)
    return variables.Moving(still, {n: _now(tell, occasion) for n, tell in moving.items()})


def _times(occasion: Occasion, zone: ZoneInfo) -> dict[str, Callable[[datetime], variables.Value]]:
    return {
        "system__time_utc": lambda now: now.isoformat(),
        "system__time": lambda now: f"{now.astimezone(zone):%A, %H:%M %d %B %Y}",
        "system__call_duration_secs": lambda now: max(0, int((now - occasion.now).total_seconds())),
    }


def _now(
    tell: Callable[[datetime], variables.Value], occasion: Occasion
) -> Callable[[], variables.Value]:
    return lambda: tell(occasion.clock())


def brief_of(told: Told, wishes: Wishes, values: variables.Moving) -> Brief:
    """The brief, with variables filled in. Raises MissingVariable, or Overlong, of variables."""
    prompt = told.config.agent.prompt
    instructions = prompt.prompt
    if prompt.timezone:
        instructions += "\n\nIt is {{system__time}} ({{system__timezone}})."
    body = wishes.get(EXTRA_BODY, None)
    is_custom = prompt.llm == CUSTOM and prompt.custom_llm is not None
    return Brief(
        instructions=variables.fill(
            instructions, values.still, field=PROMPT, most=variables.MOST_ADDED_TO_PROMPT
        ),
        first_message=variables.fill(
            told.config.agent.first_message, values.still, field=FIRST_MESSAGE
        ),
        language=told.language,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens if prompt.max_tokens > 0 else None,
        extra_body={EXTRA_KEY: body} if body and is_custom else {},
    )


def longest_message(told: Told, values: variables.Moving) -> str:
    """What is said when a conversation has lasted as long as it may; may be empty.

    Raises MissingVariable, or Overlong, of variables.
    """
    message = told.config.agent.max_conversation_duration_message
    return variables.fill(message, values.still, field=LAST_MESSAGE)


def talks_in_text(version: AgentVersion, wishes: Wishes) -> bool:
    """Whether this conversation is typed: by the agent, by a permitted wish, for lack of ears."""
    agents_own = conversation_config(version).conversation.text_only
    return wishes.get("conversation.text_only", agents_own) is True or wishes.no_audio


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder
        return ZoneInfo("UTC")
