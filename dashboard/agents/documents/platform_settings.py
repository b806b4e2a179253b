"""`platform_settings`: who may start, how it looks, how it is judged (contract rest.md §6, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator

from dashboard.agents.allowlist import LONGEST, can_be_listed, host_of

from .document import JSON, Document, Unfit
from .guardrails import Guardrails
from .permissions import Overrides
from .request_headers import RequestHeaders
from .widget_settings import Widget

MOST_MESSAGES = 10_000
CLOSE_BYTES = 123  # the longest reason that a WebSocket is closed with


def _fits_a_close(text: str) -> str:
    text = " ".join(text.split())
    if len(text.encode(errors="replace")) > CLOSE_BYTES:
        raise ValueError(f"Text should have at most {CLOSE_BYTES} bytes: no browser is told more")
    return text


RefusalMessage = Annotated[str, Field(max_length=120), AfterValidator(_fits_a_close)]


NO_HOST = "Input should be a host name, with a port if it is unusual"


class Host(Document):
    """Only what cannot be read is refused here: documents of earlier days stay good. What is added
    to a list must be able to match, see `check_new_hosts`."""

    hostname: Annotated[str, Field(max_length=LONGEST)]

    @field_validator("hostname")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        if not host_of(value):
            raise ValueError(NO_HOST)
        return value


class Auth(Document):
    enable_auth: bool = False
    allowlist: Annotated[list[Host], Field(max_length=10)] = Field(default_factory=list)
    require_origin_header: bool = False
    # Whoever has the link with it may start; it travels in addresses, and is no word to guess.
    shareable_token: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{16,100}$")] | None = None

    @field_validator("shareable_token", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return None if value == "" else value


class Limits(Document):
    agent_concurrency_limit: Annotated[int, Field(ge=-1, le=1_000_000)] = -1
    daily_limit: Annotated[int, Field(ge=-1, le=1_000_000_000)] = 100_000
    bursting_enabled: bool = True
    # Ours: what a visitor reads when there is no room, and how fast one may write (0: no limit).
    refusal_message: RefusalMessage = ""
    messages_per_minute: Annotated[int, Field(ge=-1, le=MOST_MESSAGES)] = -1  # the workspace's


class Criterion(Document):
    """A question about a finished conversation, answered with success, failure or unknown."""

    id: Annotated[str, Field(min_length=1)]
    name: str
    type: Literal["prompt"] = "prompt"
    conversation_goal_prompt: Annotated[str, Field(max_length=2000)]
    use_knowledge_base: bool = False
    llm: str | None = None
    scope: Literal["conversation", "agent"] = "conversation"
    scoring_mode: Literal["binary", "numeric_uniform"] = "binary"
    max_score: int = 100
    score_instructions: Annotated[str, Field(max_length=2000)] | None = None


class Evaluation(Document):
    criteria: list[Criterion] = Field(default_factory=list)


class AnalysisItems(Document):
    evaluation_criteria: list[JSON] = Field(default_factory=list)
    data_collection: list[JSON] = Field(default_factory=list)


class DataField(Document):
    """A value that is read out of a finished conversation."""

    type: Literal["boolean", "string", "integer", "number"]
    description: str = ""
    enum: list[str] | None = None
    is_system_provided: bool = False
    is_omitted: bool = False
    dynamic_variable: str = ""
    constant_value: str | int | float | bool = ""
    name: str | None = None
    llm: str | None = None
    allowed_values: Any = None


class Redaction(Document):
    enabled: bool = False
    entities: list[str] = Field(default_factory=list)
    excluded_data_collection_ids: list[str] | None = None


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
    exclude_transcript: bool | None = None
    send_audio: bool | None = None


class InitiationWebhook(Document):
    url: str
    request_headers: RequestHeaders


class WorkspaceOverrides(Document):
    conversation_initiation_client_data_webhook: InitiationWebhook | None = None
    webhooks: Webhooks = Field(default_factory=Webhooks)


class AttachedTest(Document):
    test_id: str
    workflow_node_id: str | None = None


class Tests(Document):
    attached_tests: list[AttachedTest] = Field(default_factory=list)


class Queueing(Document):
    enabled: bool = False
    wait_timeout_seconds: int = 180
    hold_audio: JSON | None = None


class Safety(Document):
    is_blocked_ivc: bool = False
    is_blocked_non_ivc: bool = False
    ignore_safety_evaluation: bool = False


def writable(sent: Any) -> Any:
    """Without what only an answer has: clients that send back what they got set nothing.

    A host stands in the allowlist once.
    """
    if not isinstance(sent, Mapping):
        return sent
    settings = {name: part for name, part in sent.items() if name != "safety"}
    auth = settings.get("auth")
    hosts = auth.get("allowlist") if isinstance(auth, Mapping) else None
    if isinstance(auth, Mapping) and isinstance(hosts, list):
        settings["auth"] = {**auth, "allowlist": _once_each(hosts)}
    return settings


def check_new_hosts(told: Any, before: Any = None) -> None:
    """Raises Unfit for a host that no page can ever be at, unless the list had it before."""
    known = {name for _, name in _names(before)}
    odd = [place for place, name in _names(told) if name not in known and not can_be_listed(name)]
    if odd:
        place = ("platform_settings", "auth", "allowlist")
        about = {"msg": NO_HOST, "type": "value_error"}
        raise Unfit([{"loc": [*place, number, "hostname"], **about} for number in odd])


def _names(told: Any) -> list[tuple[int, str]]:
    """The hosts of a list that can be read, each with its place."""
    auth = told.get("auth") if isinstance(told, Mapping) else None
    hosts = auth.get("allowlist") if isinstance(auth, Mapping) else None
    names = (
        (place, host.get("hostname"))
        for place, host in enumerate(hosts if isinstance(hosts, list) else [])
        if isinstance(host, Mapping)
    )
    return [(place, name) for place, name in names if isinstance(name, str) and host_of(name)]


def _once_each(hosts: list[Any]) -> list[Any]:
    kept: dict[Any, Any] = {}
    for place, host in enumerate(hosts):
        name = host.get("hostname") if isinstance(host, Mapping) else None
        known = host_of(name) if isinstance(name, str) else ""
        kept.setdefault(known or place, host)  # what is no host is refused later, by its place
    return list(kept.values())


class PlatformSettings(Document):
    evaluation: Evaluation = Field(default_factory=Evaluation)
    widget: Widget = Field(default_factory=Widget)
    data_collection: dict[str, DataField] = Field(default_factory=dict)
    data_collection_scopes: dict[str, Literal["conversation", "agent"]] = Field(
        default_factory=dict
    )
    analysis_items: AnalysisItems | None = None
    analysis_llm: str = "gemini-2.5-flash"
    summary_language: str | None = None
    auto_translate_transcript_to_app_language: bool | None = None
    overrides: Overrides = Field(default_factory=Overrides)
    workspace_overrides: WorkspaceOverrides = Field(default_factory=WorkspaceOverrides)
    testing: Tests = Field(default_factory=Tests)
    archived: bool = False
    guardrails: Guardrails = Field(default_factory=Guardrails)
    auth: Auth = Field(default_factory=Auth)
    call_limits: Limits = Field(default_factory=Limits)
    queueing_config: Queueing = Field(default_factory=Queueing)
    privacy: Privacy = Field(default_factory=Privacy)
    trust_context: Literal["unknown", "low", "high"] = "unknown"
    topic_discovery: JSON = Field(default_factory=dict)
    sentiment_analysis: JSON = Field(default_factory=dict)
    alerting: Any = None
    ban: Any = None
    safety: Safety = Field(default_factory=Safety)
