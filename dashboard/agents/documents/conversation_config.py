"""`conversation_config`: how an agent talks (contract rest.md §5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from .document import JSON, Document
from .tools import BuiltInTools, InlineTool

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
DEFAULT_LLM = "gemini-2.5-flash"


class DynamicVariables(Document):
    dynamic_variable_placeholders: JSON = Field(default_factory=dict)


class Knowledge(Document):
    """A document that the agent knows; `prompt`: always in sight, `auto`: found when it helps."""

    type: Literal["file", "url", "text", "folder"]
    name: str
    id: str
    usage_mode: Literal["prompt", "auto"] = "auto"


class Rag(Document):
    enabled: bool = False
    embedding_model: str = "e5_mistral_7b_instruct"
    max_vector_distance: Annotated[float, Field(gt=0)] = 0.6
    max_documents_length: Annotated[int, Field(gt=0)] = 50_000
    max_retrieved_rag_chunks_count: Annotated[int, Field(ge=1, le=20)] = 20
    num_candidates: Annotated[int, Field(ge=1, le=10_000)] | None = None
    query_rewrite_prompt_override: Annotated[str, Field(min_length=1, max_length=1000)] | None = (
        None
    )


class CustomLLM(Document):
    url: str
    model_id: str | None = None
    api_key: JSON | None = None
    request_headers: dict[str, str | JSON] = Field(default_factory=dict)
    api_version: str | None = None
    api_type: Literal["chat_completions", "responses", "websocket"] = "chat_completions"


class BackupLLM(Document):
    preference: Literal["default", "disabled", "override"] = "default"


class Prompt(Document):
    prompt: str = ""
    llm: str = DEFAULT_LLM
    reasoning_effort: str | None = None
    thinking_budget: int | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 0
    max_tokens: int = -1
    tool_ids: list[str] = Field(default_factory=list)
    tools: list[InlineTool] = Field(default_factory=list)
    built_in_tools: BuiltInTools = Field(default_factory=BuiltInTools)
    enable_parallel_tool_calls: bool | None = None
    mcp_server_ids: Annotated[list[str], Field(max_length=10)] = Field(default_factory=list)
    native_mcp_server_ids: Annotated[list[str], Field(max_length=10)] = Field(default_factory=list)
    knowledge_base: list[Knowledge] = Field(default_factory=list)
    custom_llm: CustomLLM | None = None
    ignore_default_personality: bool | None = True
    rag: Rag = Field(default_factory=Rag)
    timezone: str | None = None
    backup_llm_config: BackupLLM = Field(default_factory=BackupLLM)
    cascade_timeout_seconds: Annotated[float, Field(ge=2, le=15)] = 4
    enable_reasoning_summary: bool = False


class AgentPart(Document):
    first_message: str = ""
    language: str = "en"
    hinglish_mode: bool = False
    dynamic_variables: DynamicVariables = Field(default_factory=DynamicVariables)
    disable_first_message_interruptions: bool = False
    max_conversation_duration_message: str = ""
    text_behavior_overrides: JSON | None = None
    prompt: Prompt = Field(default_factory=Prompt)


class FileInput(Document):
    enabled: bool = True
    max_files_per_conversation: Annotated[int, Field(ge=0)] = 10
    max_files_in_memory: Annotated[int, Field(ge=1, le=30)] = 10


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
    dtmf_input_settings: JSON | None = None
    background_sound: BackgroundSound = Field(default_factory=BackgroundSound)


class PromptOverride(Document):
    prompt: str | None = None
    llm: str | None = None


class AgentOverride(Document):
    first_message: str | None = None
    language: str | None = None
    prompt: PromptOverride | None = None


class LanguageOverrides(Document):
    agent: AgentOverride | None = None
    tts: JSON | None = None
    conversation: JSON | None = None


class Translation(Document):
    source_hash: str
    text: str


class LanguagePreset(Document):
    overrides: LanguageOverrides = Field(default_factory=LanguageOverrides)
    first_message_translation: Translation | None = None
    soft_timeout_translation: Any = None

    @property
    def first_message(self) -> str | None:
        """What the agent says first in this language, None when the preset does not say."""
        if self.overrides.agent and self.overrides.agent.first_message is not None:
            return self.overrides.agent.first_message
        return self.first_message_translation.text if self.first_message_translation else None


class Tts(Document):
    """Voice settings: kept and echoed, for agents that move here with them."""

    model_id: str = "eleven_flash_v2"
    voice_id: str = "cjVigY5qzO86Huf0OWal"
    supported_voices: list[JSON] = Field(default_factory=list)
    expressive_mode: bool = True
    suggested_audio_tags: list[JSON] = Field(default_factory=list)
    agent_output_audio_format: str = "pcm_16000"
    optimize_streaming_latency: int = 3
    stability: Annotated[float, Field(ge=0, le=1)] = 0.5
    speed: Annotated[float, Field(ge=0.7, le=1.2)] = 1
    similarity_boost: Annotated[float, Field(ge=0, le=1)] = 0.8
    text_normalisation_type: str = "system_prompt"
    pronunciation_dictionary_locators: list[JSON] = Field(default_factory=list)
    enable_phoneme_tags: bool = True

    @field_validator("agent_output_audio_format")
    @classmethod
    def _raw_audio(cls, value: str) -> str:
        return _raw_format(value)


class Asr(Document):
    quality: str = "high"
    provider: str = "scribe_realtime"
    user_input_audio_format: str = "pcm_16000"
    keywords: list[str] = Field(default_factory=list)

    @field_validator("user_input_audio_format")
    @classmethod
    def _raw_audio(cls, value: str) -> str:
        return _raw_format(value)


class SoftTimeout(Document):
    timeout_seconds: float = -1
    message: Annotated[str, Field(min_length=1, max_length=200)] = "Hhmmmm...yeah."
    additional_soft_timeout_messages: list[str] = Field(default_factory=list)
    use_llm_generated_message: bool = False
    randomize_fillers: bool = False
    max_soft_timeouts_per_generation: int = 1
    llm_generated_message_prompt_override: str | None = None
    disable_until_first_user_message: bool = False


class TurnTaking(Document):
    turn_timeout: float = 7
    initial_wait_time: float | None = None
    silence_end_call_timeout: float = -1
    soft_timeout_config: SoftTimeout = Field(default_factory=SoftTimeout)
    mode: str = "turn"
    turn_eagerness: str = "normal"
    spelling_patience: str = "auto"
    speculative_turn: bool = False
    retranscribe_on_turn_timeout: bool = False
    turn_model: str = "turn_v3"
    interruption_ignore_terms: list[str] = Field(default_factory=list)
    interruption_ignore_term_languages: list[str] = Field(default_factory=list)
    merge_with_default_ignore_terms: bool = False
    transcribe_on_disabled_interruptions: bool = False


class Vad(Document):
    background_voice_detection: bool = False


class ConversationConfig(Document):
    asr: Asr = Field(default_factory=Asr)
    turn: TurnTaking = Field(default_factory=TurnTaking)
    tts: Tts = Field(default_factory=Tts)
    conversation: ConversationPart = Field(default_factory=ConversationPart)
    language_presets: dict[str, LanguagePreset] = Field(default_factory=dict)
    vad: Vad = Field(default_factory=Vad)
    agent: AgentPart = Field(default_factory=AgentPart)


def _raw_format(value: str) -> str:
    """Browser clients refuse to start with any other format, even for text."""
    if not value.startswith(("pcm_", "ulaw_")):
        raise ValueError("Input should be pcm_<rate> or ulaw_<rate>")
    return value
