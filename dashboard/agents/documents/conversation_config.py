"""`conversation_config`: how an agent talks (contract rest.md §5)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from .document import JSON, Document
from .prompt import AgentPart, Effort, Knowledge
from .voice import Asr, Tts, TurnTaking, Vad

# What an agent that names no events gets: enough for every client to show a conversation.
DEFAULT_CLIENT_EVENTS = [
    "audio",
    "interruption",
    "agent_response",
    "agent_chat_response_part",
    "agent_response_correction",
    "user_transcript",
    "agent_tool_response",
]


class FileInput(Document):
    enabled: bool = True
    max_files_per_conversation: Annotated[int, Field(ge=0)] = 10
    max_files_in_memory: Annotated[int, Field(ge=1, le=30)] = 10


class Keypad(Document):
    dtmf_input_timeout: Annotated[float, Field(ge=0.5, le=10)] = 2
    hash_terminator: bool = True
    redact_input: bool = False


class BackgroundSound(Document):
    source_type: str | None = None
    source_id: str | None = None
    volume: float = 0.15
    crossfade_loop: bool = True


class ConversationPart(Document):
    text_only: bool = False
    max_duration_seconds: Annotated[int, Field(ge=1)] = 600
    client_events: list[str] = Field(default_factory=lambda: list(DEFAULT_CLIENT_EVENTS))
    file_input: FileInput = Field(default_factory=FileInput)
    monitoring_enabled: bool = False
    monitoring_events: list[str] = Field(default_factory=list)
    source_attribution: bool = False
    dtmf_input_settings: Keypad | None = None
    background_sound: BackgroundSound = Field(default_factory=BackgroundSound)


class PromptOverride(Document):
    prompt: str | None = None
    llm: str | None = None
    reasoning_effort: Effort | None = None
    tool_ids: list[str] | None = None
    native_mcp_server_ids: list[str] | None = None
    knowledge_base: list[Knowledge] | None = None


class AgentOverride(Document):
    first_message: str | None = None
    language: str | None = None
    max_conversation_duration_message: str | None = None
    prompt: PromptOverride | None = None


class LanguageOverrides(Document):
    agent: AgentOverride | None = None
    tts: JSON | None = None
    conversation: JSON | None = None
    asr: JSON | None = None
    turn: JSON | None = None


class Translation(Document):
    source_hash: str
    text: str


class LanguagePreset(Document):
    overrides: LanguageOverrides = Field(default_factory=LanguageOverrides)
    first_message_translation: Translation | None = None
    soft_timeout_translation: Any = None
    noisy_environment_message_translation: Any = None

    @property
    def first_message(self) -> str | None:
        """What the agent says first in this language, None when the preset does not say."""
        if self.overrides.agent and self.overrides.agent.first_message is not None:
            return self.overrides.agent.first_message
        return self.first_message_translation.text if self.first_message_translation else None


class ConversationConfig(Document):
    asr: Asr = Field(default_factory=Asr)
    turn: TurnTaking = Field(default_factory=TurnTaking)
    tts: Tts = Field(default_factory=Tts)
    conversation: ConversationPart = Field(default_factory=ConversationPart)
    language_presets: dict[str, LanguagePreset] = Field(default_factory=dict)
    vad: Vad = Field(default_factory=Vad)
    agent: AgentPart = Field(default_factory=AgentPart)
