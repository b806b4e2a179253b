"""Speaking, hearing and taking turns: kept and echoed, also by agents that only chat (§5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from .document import JSON, Document

# Browser clients refuse to start with any other format, even for text.
AudioFormat = Literal[
    "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000"
]
Share = Annotated[float, Field(ge=0, le=1)]
Speed = Annotated[float, Field(ge=0.7, le=1.2)]


class SupportedVoice(Document):
    label: str
    voice_id: str
    description: str | None = None
    language: str | None = None
    model_family: str | None = None
    optimize_streaming_latency: Annotated[int, Field(ge=0, le=4)] | None = None
    stability: Share | None = None
    speed: Speed | None = None
    similarity_boost: Share | None = None


class AudioTag(Document):
    tag: Annotated[str, Field(max_length=30)]
    description: Annotated[str, Field(max_length=200)] | None = None


class Pronunciation(Document):
    pronunciation_dictionary_id: str
    version_id: str | None = None


class Tts(Document):
    model_id: str = "eleven_flash_v2"
    voice_id: Annotated[str, Field(max_length=100)] = "cjVigY5qzO86Huf0OWal"
    supported_voices: list[SupportedVoice] = Field(default_factory=list)
    expressive_mode: bool = True
    suggested_audio_tags: Annotated[list[AudioTag], Field(max_length=20)] = Field(
        default_factory=list
    )
    agent_output_audio_format: AudioFormat = "pcm_16000"
    optimize_streaming_latency: Annotated[int, Field(ge=0, le=4)] = 3
    stability: Share = 0.5
    speed: Speed = 1
    similarity_boost: Share = 0.8
    clone_strength: float | None = None
    text_normalisation_type: Literal["system_prompt", "elevenlabs"] = "system_prompt"
    pronunciation_dictionary_locators: list[Pronunciation] = Field(default_factory=list)
    enable_phoneme_tags: bool = True
    audio_effects: JSON | None = None


class Asr(Document):
    quality: Literal["high"] = "high"
    provider: Literal["elevenlabs", "scribe_realtime"] = "scribe_realtime"
    user_input_audio_format: AudioFormat = "pcm_16000"
    keywords: list[str] = Field(default_factory=list)


class SoftTimeout(Document):
    timeout_seconds: float = -1
    message: Annotated[str, Field(min_length=1, max_length=200)] = "Hhmmmm...yeah."
    additional_soft_timeout_messages: Annotated[list[str], Field(max_length=7)] = Field(
        default_factory=list
    )
    use_llm_generated_message: bool = False
    randomize_fillers: bool = False
    max_soft_timeouts_per_generation: Annotated[int, Field(ge=1, le=8)] = 1
    llm_generated_message_prompt_override: str | None = None
    disable_until_first_user_message: bool = False


class TurnTaking(Document):
    turn_timeout: float = 7
    initial_wait_time: float | None = None
    silence_end_call_timeout: float = -1
    soft_timeout_config: SoftTimeout = Field(default_factory=SoftTimeout)
    mode: Literal["silence", "turn"] = "turn"
    turn_eagerness: Literal["patient", "normal", "eager"] = "normal"
    spelling_patience: Literal["auto", "off"] = "auto"
    speculative_turn: bool = False
    retranscribe_on_turn_timeout: bool = False
    turn_model: Literal["turn_v2", "turn_v3"] = "turn_v3"
    interruption_ignore_terms: list[str] = Field(default_factory=list)
    interruption_ignore_term_languages: list[str] = Field(default_factory=list)
    merge_with_default_ignore_terms: bool = False
    transcribe_on_disabled_interruptions: bool = False
    noisy_environment_detection: Any = None
    noisy_environment_message: Any = None


class Vad(Document):
    background_voice_detection: bool = False
