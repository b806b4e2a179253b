"""`platform_settings.guardrails`: what an agent must not say; kept and echoed (§6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .document import JSON, Document

Execution = Literal["streaming", "blocking"]


class Switch(Document):
    is_enabled: bool = False


class Threshold(Switch):
    threshold: float | Literal["low", "medium", "high"] = 0.3


class Topics(Document):
    sexual: Threshold = Field(default_factory=Threshold)
    violence: Threshold = Field(default_factory=Threshold)
    harassment: Threshold = Field(default_factory=Threshold)
    self_harm: Threshold = Field(default_factory=Threshold)
    profanity: Threshold = Field(default_factory=Threshold)
    religion_or_politics: Threshold = Field(default_factory=Threshold)
    medical_and_legal_information: Threshold = Field(default_factory=Threshold)


class Reaction(Document):
    type: Literal["end_call", "retry"] = "end_call"


class Content(Document):
    execution_mode: Execution = "streaming"
    config: Topics = Field(default_factory=Topics)
    trigger_action: Reaction = Field(default_factory=Reaction)


class Rule(Document):
    """A guardrail in the owner's own words."""

    is_enabled: bool = False
    name: str
    prompt: str
    execution_mode: Execution = "streaming"
    model: str | None = None
    history_message_count: Annotated[int, Field(ge=0)] = 0
    history_include_tool_calls: bool = False
    trigger_action: Reaction = Field(default_factory=Reaction)
    evaluate_full_response_only: bool = False


class Rules(Document):
    configs: list[Rule] = Field(default_factory=list)


class Custom(Document):
    config: Rules = Field(default_factory=Rules)


class Guardrails(Document):
    version: Literal["1"] = "1"
    focus: Switch = Field(default_factory=Switch)
    prompt_injection: Switch = Field(default_factory=Switch)
    content: Content = Field(default_factory=Content)
    moderation: JSON | None = None
    custom: Custom = Field(default_factory=Custom)
