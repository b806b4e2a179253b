"""`platform_settings.overrides`: what a client may change for its own conversation (§6.1)."""

from __future__ import annotations

from pydantic import Field

from .document import Document


class PromptPermissions(Document):
    prompt: bool = False
    llm: bool = False
    reasoning_effort: bool = False
    tool_ids: bool = False
    tool_ids_strict: bool = False
    native_mcp_server_ids: bool = False
    knowledge_base: bool = False


class AgentPermissions(Document):
    first_message: bool = False
    language: bool = False
    max_conversation_duration_message: bool = False
    prompt: PromptPermissions = Field(default_factory=PromptPermissions)


class TtsPermissions(Document):
    model_id: bool = False
    voice_id: bool = False
    supported_voices: bool = False
    stability: bool = False
    speed: bool = False
    similarity_boost: bool = False
    pronunciation_dictionary_locators: bool = False


class ConversationPermissions(Document):
    text_only: bool = False
    max_duration_seconds: bool = False


class AsrPermissions(Document):
    keywords: bool = False


class SoftTimeoutPermissions(Document):
    message: bool = False
    additional_soft_timeout_messages: bool = False


class TurnPermissions(Document):
    soft_timeout_config: SoftTimeoutPermissions = Field(default_factory=SoftTimeoutPermissions)
    noisy_environment_message: bool = False


class OverridePermissions(Document):
    """None unless it says so; each leaf mirrors what a client may send."""

    asr: AsrPermissions = Field(default_factory=AsrPermissions)
    turn: TurnPermissions = Field(default_factory=TurnPermissions)
    tts: TtsPermissions = Field(default_factory=TtsPermissions)
    conversation: ConversationPermissions = Field(default_factory=ConversationPermissions)
    agent: AgentPermissions = Field(default_factory=AgentPermissions)


class Overrides(Document):
    conversation_config_override: OverridePermissions = Field(default_factory=OverridePermissions)
    custom_llm_extra_body: bool = False
    enable_conversation_initiation_client_data_from_webhook: bool = False
    enable_starting_workflow_node_id_from_client: bool = False
    enable_procedure_ids_from_client: bool = False
