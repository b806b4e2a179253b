"""Who may start, and what a page may change, as forms (contract rest.md §6, §6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from dashboard.agents.documents import filled_platform_settings
from dashboard.agents.documents.answers import settings_in_force
from dashboard.agents.models import Agent

from .card import JSON, CardForm

# (field, leaf of `conversation_config_override`, what people read, what it means to them)
LEAVES = (
    ("text_only", ("conversation", "text_only"), "Text only", "The page may ask to chat in text."),
    ("language", ("agent", "language"), "Language", "The page says which language to answer in."),
    (
        "first_message",
        ("agent", "first_message"),
        "First message",
        "The page greets in its own words.",
    ),
    (
        "prompt",
        ("agent", "prompt", "prompt"),
        "Instructions",
        "The page says who the agent is. Anybody can write a page that uses this.",
    ),
    (
        "llm",
        ("agent", "prompt", "llm"),
        "Model",
        "The page chooses which model answers, and so what an answer costs.",
    ),
)


class WhoForm(CardForm):
    enable_auth = forms.BooleanField(required=False)
    require_origin = forms.BooleanField(required=False)

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        limits = agent.limits
        return {"enable_auth": limits.needs_signature, "require_origin": limits.needs_origin}

    def change(self) -> JSON:
        told = self.cleaned_data
        auth = {
            "enable_auth": told["enable_auth"],
            "require_origin_header": told["require_origin"],
        }
        return {"platform_settings": {"auth": auth}}


class PermissionsForm(CardForm):
    """What is not on the card stays as it was set by a script."""

    places: ClassVar[Mapping[str, str]] = {}
    text_only = forms.BooleanField(required=False)
    language = forms.BooleanField(required=False)
    first_message = forms.BooleanField(required=False)
    prompt = forms.BooleanField(required=False)
    llm = forms.BooleanField(required=False)
    extra_body = forms.BooleanField(required=False)

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        overrides = filled_platform_settings(agent.told)["overrides"]
        told = {name: _leaf(overrides, path) for name, path, _, _ in LEAVES}
        return told | {"extra_body": overrides["custom_llm_extra_body"]}

    def change(self) -> JSON:
        told = self.cleaned_data
        config: JSON = {}
        for name, path, _, _ in LEAVES:
            part = config
            for step in path[:-1]:
                part = part.setdefault(step, {})
            part[path[-1]] = told[name]
        overrides = {
            "conversation_config_override": config,
            "custom_llm_extra_body": told["extra_body"],
        }
        return {"platform_settings": {"overrides": overrides}}

    @property
    def rows(self) -> list[tuple[str, Any, str, str, str]]:
        """(name, is it on, word, help, name in the API)."""
        return [
            (name, self[name].value(), word, told, ".".join(path))
            for name, path, word, told in LEAVES
        ]


def _leaf(overrides: JSON, path: tuple[str, ...]) -> bool:
    part: Any = overrides["conversation_config_override"]
    for step in path:
        part = part[step]
    return bool(part)


def sites_of(agent: Agent) -> list[str]:
    """In the order in which they were added, as they are compared."""
    return list(agent.allowed_hosts.order_by("id").values_list("hostname", flat=True))


def shareable_token(agent: Agent) -> str:
    return str(settings_in_force(agent.told, agent)["auth"].get("shareable_token") or "")
