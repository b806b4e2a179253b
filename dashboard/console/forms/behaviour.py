"""How a conversation goes on and ends, files and events, as forms (contract rest.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from django import forms
from django.http import QueryDict

from dashboard.agents.documents import filled_conversation_config
from dashboard.agents.models import Agent

from .card import JSON, CardForm, line, seconds, shown, whole

LONGEST_TALK = 7 * 24 * 3600
LONGEST_WORDS = 1_000
MOST_FILES, MOST_IN_MEMORY = 1_000, 30
_TALK = f"Write whole seconds from 1 to {LONGEST_TALK:,}."
_WAIT = "Write seconds from 1 to 86,400, or leave it empty for never."
_FILES = f"Write a whole number from 0 to {MOST_FILES:,}."
_MEMORY = f"Write a whole number from 1 to {MOST_IN_MEMORY}."


class TimesForm(CardForm):
    places: ClassVar[Mapping[str, str]] = {
        "max_duration_seconds": "longest",
        "max_conversation_duration_message": "goodbye",
        "turn_timeout": "nudge",
        "silence_end_call_timeout": "silence",
    }
    longest = whole(_TALK, 1, LONGEST_TALK)
    goodbye = line(LONGEST_WORDS)
    nudge = seconds(_WAIT, 1, 86_400)
    silence = seconds(_WAIT, 1, 86_400)

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        config = filled_conversation_config(agent.told)
        return {
            "longest": shown(config["conversation"]["max_duration_seconds"]),
            "goodbye": config["agent"]["max_conversation_duration_message"],
            "nudge": shown(config["turn"]["turn_timeout"]),
            "silence": shown(config["turn"]["silence_end_call_timeout"]),
        }

    def change(self) -> JSON:
        told = self.cleaned_data
        config = {
            "conversation": {"max_duration_seconds": told["longest"]},
            "agent": {"max_conversation_duration_message": told["goodbye"]},
            "turn": {
                "turn_timeout": _or_never(told["nudge"]),
                "silence_end_call_timeout": _or_never(told["silence"]),
            },
        }
        return {"conversation_config": config}


class FilesForm(CardForm):
    places: ClassVar[Mapping[str, str]] = {
        "max_files_per_conversation": "most_files",
        "max_files_in_memory": "in_memory",
    }
    takes_files = forms.BooleanField(required=False)
    most_files = whole(_FILES, 0, MOST_FILES)
    in_memory = whole(_MEMORY, 1, MOST_IN_MEMORY)

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        files = filled_conversation_config(agent.told)["conversation"]["file_input"]
        return {
            "takes_files": files["enabled"],
            "most_files": shown(files["max_files_per_conversation"]),
            "in_memory": shown(files["max_files_in_memory"]),
        }

    def change(self) -> JSON:
        told = self.cleaned_data
        files = {
            "enabled": told["takes_files"],
            "max_files_per_conversation": told["most_files"],
            "max_files_in_memory": told["in_memory"],
        }
        return {"conversation_config": {"conversation": {"file_input": files}}}


@dataclass(frozen=True)
class Kind:
    """An event that a page may hear of; names on the wire, words for people."""

    name: str
    word: str
    told: str


# Those that conversations in text have (contract websocket.md §6).
KINDS = (
    Kind("agent_response", "Answers", "What the agent says, whole."),
    Kind("agent_chat_response_part", "Answers as they are written", "Word by word."),
    Kind(
        "agent_response_correction",
        "Corrections",
        "How an answer reads after the visitor broke in.",
    ),
    Kind("agent_tool_request", "Tools that start", "The name of a tool when it is called."),
    Kind(
        "agent_tool_response",
        "Tools that are done",
        "Whether it worked. Pages need it to hear that the agent ended the conversation.",
    ),
    Kind("agent_typing", "Writing", "That the agent is at work on an answer."),
    Kind("context_usage", "Room in the model", "How much of what the model can hold is used."),
)
ANSWERS = KINDS[0].name


class EventsForm(CardForm):
    """Events that the card does not name stay in the list, in their order."""

    events = forms.MultipleChoiceField(
        required=False,
        choices=[(kind.name, kind.word) for kind in KINDS],
        error_messages={"invalid_choice": "Choose among the events below."},
    )

    def __init__(self, agent: Agent, data: QueryDict | None = None) -> None:
        super().__init__(agent, data)
        named = {kind.name for kind in KINDS}
        self.others = [name for name in self.initial["all"] if name not in named]

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        listed = filled_conversation_config(agent.told)["conversation"]["client_events"]
        return {"all": list(listed), "events": list(listed)}

    @property
    def rows(self) -> list[tuple[Kind, bool]]:
        chosen = set(self["events"].value() or ())
        return [(kind, kind.name in chosen) for kind in KINDS]

    @property
    def hides_answers(self) -> bool:
        """As it is saved: text chats are sent their answers all the same (websocket.md §6)."""
        return ANSWERS not in self.initial["all"]

    def change(self) -> JSON:
        chosen = set(self.cleaned_data["events"]) | set(self.others)
        kept = [name for name in self.initial["all"] if name in chosen]
        added = [kind.name for kind in KINDS if kind.name in chosen and kind.name not in kept]
        return {"conversation_config": {"conversation": {"client_events": [*kept, *added]}}}


def _or_never(number: float | None) -> float:
    if number is None:
        return -1
    return int(number) if float(number).is_integer() else number
