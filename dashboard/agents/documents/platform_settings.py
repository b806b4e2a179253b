"""`platform_settings`: who may start, how it looks, how it is judged (contract rest.md §6, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from dashboard.agents.allowlist import host_of

from .document import JSON, Document


class Host(Document):
    hostname: Annotated[str, Field(max_length=260)]

    @field_validator("hostname")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        if not host_of(value):
            raise ValueError("Input should be a host name, with a port if it is unusual")
        return value


class Auth(Document):
    enable_auth: bool = False
    allowlist: Annotated[list[Host], Field(max_length=10)] = Field(default_factory=list)
    require_origin_header: bool = False
    shareable_token: str | None = None


class Limits(Document):
    agent_concurrency_limit: Annotated[int, Field(ge=-1, le=1_000_000)] = -1
    daily_limit: Annotated[int, Field(ge=-1, le=1_000_000_000)] = 100_000
    bursting_enabled: bool = True


class Criterion(Document):
    """A question about a finished conversation, answered with success, failure or unknown."""

    id: Annotated[str, Field(min_length=1)]
    name: str
    type: Literal["prompt"] = "prompt"
    conversation_goal_prompt: Annotated[str, Field(max_length=2000)]
    use_knowledge_base: bool = False
    scope: Literal["conversation", "agent"] = "conversation"


class Evaluation(Document):
    criteria: list[Criterion] = Field(default_factory=list)


class DataField(Document):
    """A value that is read out of a finished conversation."""

    type: Literal["boolean", "string", "integer", "number"]
    description: str = ""
    enum: list[str] | None = None
    is_system_provided: bool = False
    dynamic_variable: str = ""
    constant_value: Any = ""


class PromptPermissions(Document):
    prompt: bool = False
    llm: bool = False
    native_mcp_server_ids: bool = False
    tool_ids: bool = False
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


class TurnPermissions(Document):
    soft_timeout_config: JSON = Field(default_factory=lambda: {"message": False})


class OverridePermissions(Document):
    """Which parts of the conversation config a client may override; none unless it says so."""

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


class Avatar(Document):
    """An orb with two colours, or a picture by address."""

    type: str = "orb"


class Orb(Document):
    type: Literal["orb"] = "orb"
    color_1: str = "#2792dc"
    color_2: str = "#9ce6e6"


class WidgetPreset(Document):
    text_contents: JSON | None = None
    terms_text: str | None = None
    terms_html: str | None = None
    terms_key: str | None = None


class Widget(Document):
    """How the widget looks and what it says; the widget itself knows the labels and the styles."""

    variant: Literal["tiny", "compact", "full", "expandable"] = "full"
    placement: Literal["top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"] = (
        "bottom-right"
    )
    expandable: Literal["never", "mobile", "desktop", "always"] = "never"
    avatar: Orb | Avatar = Field(default_factory=Orb)
    feedback_mode: Literal["none", "during", "end"] = "none"
    end_feedback: JSON | None = None
    bg_color: str = "#ffffff"
    text_color: str = "#000000"
    btn_color: str = "#000000"
    btn_text_color: str = "#ffffff"
    border_color: str = "#e1e1e1"
    focus_color: str = "#000000"
    border_radius: int | None = None
    btn_radius: int | None = None
    action_text: str | None = None
    start_call_text: str | None = None
    end_call_text: str | None = None
    expand_text: str | None = None
    listening_text: str | None = None
    speaking_text: str | None = None
    shareable_page_text: str | None = None
    shareable_page_show_terms: bool = True
    terms_text: str | None = None
    terms_html: str | None = None
    terms_key: str | None = None
    show_avatar_when_collapsed: bool | None = False
    disable_banner: bool = False
    override_link: str | None = None
    markdown_link_allowed_hosts: list[JSON] = Field(default_factory=list)
    markdown_link_include_www: bool = True
    markdown_link_allow_http: bool = True
    mic_muting_enabled: bool = True
    transcript_enabled: bool = True
    text_input_enabled: bool = True
    conversation_mode_toggle_enabled: bool = False
    default_expanded: bool = False
    always_expanded: bool = False
    dismissible: bool = False
    show_agent_status: bool = False
    show_conversation_id: bool = True
    show_resize_button: bool = True
    strip_audio_tags: bool = True
    syntax_highlight_theme: str | None = None
    text_contents: JSON = Field(default_factory=dict)
    styles: JSON = Field(default_factory=dict)
    language_selector: bool = False
    supports_text_only: bool = True
    custom_avatar_path: str | None = None
    language_presets: dict[str, WidgetPreset] = Field(default_factory=dict)


class Redaction(Document):
    enabled: bool = False
    entities: list[str] = Field(default_factory=list)


class Privacy(Document):
    record_voice: bool = True
    retention_days: Annotated[int, Field(ge=-1)] = -1
    delete_transcript_and_pii: bool = False
    delete_audio: bool = False
    apply_to_existing_conversations: bool = False
    zero_retention_mode: bool = False
    conversation_history_redaction: Redaction = Field(default_factory=Redaction)


class Webhooks(Document):
    post_call_webhook_id: str | None = None
    events: list[str] = Field(default_factory=lambda: ["transcript"])
    transcript_format: Literal["json", "opentelemetry"] = "json"
    send_audio: bool | None = None


class WorkspaceOverrides(Document):
    conversation_initiation_client_data_webhook: JSON | None = None
    webhooks: Webhooks = Field(default_factory=Webhooks)


class AttachedTest(Document):
    test_id: str
    workflow_node_id: str | None = None


class Testing(Document):
    attached_tests: list[AttachedTest] = Field(default_factory=list)


class Queueing(Document):
    enabled: bool = False
    wait_timeout_seconds: int = 180


class Safety(Document):
    is_blocked_ivc: bool = False
    is_blocked_non_ivc: bool = False
    ignore_safety_evaluation: bool = False


def writable(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what only an answer has: clients that send back what they got set nothing."""
    return {name: part for name, part in sent.items() if name != "safety"}


class PlatformSettings(Document):
    evaluation: Evaluation = Field(default_factory=Evaluation)
    widget: Widget = Field(default_factory=Widget)
    data_collection: dict[str, DataField] = Field(default_factory=dict)
    data_collection_scopes: dict[str, str] = Field(default_factory=dict)
    analysis_items: JSON | None = None
    analysis_llm: str = "gemini-2.5-flash"
    summary_language: str | None = None
    auto_translate_transcript_to_app_language: bool | None = None
    overrides: Overrides = Field(default_factory=Overrides)
    workspace_overrides: WorkspaceOverrides = Field(default_factory=WorkspaceOverrides)
    testing: Testing = Field(default_factory=Testing)
    archived: bool = False
    guardrails: JSON = Field(default_factory=lambda: {"version": "1"})
    auth: Auth = Field(default_factory=Auth)
    call_limits: Limits = Field(default_factory=Limits)
    queueing_config: Queueing = Field(default_factory=Queueing)
    privacy: Privacy = Field(default_factory=Privacy)
    trust_context: str = "unknown"
    topic_discovery: JSON = Field(default_factory=dict)
    sentiment_analysis: JSON = Field(default_factory=dict)
    alerting: Any = None
    ban: Any = None
    safety: Safety = Field(default_factory=Safety)
