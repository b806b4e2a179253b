"""How many may talk to an agent, as a form (contract rest.md §6, `call_limits`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms

from dashboard.agents.documents.answers import settings_in_force
from dashboard.agents.documents.platform_settings import CLOSE_BYTES, MOST_MESSAGES
from dashboard.agents.models import Agent

from .card import JSON, CardForm, line, shown, whole

MOST_AT_ONCE, MOST_A_DAY = 1_000_000, 1_000_000_000
LONGEST_REFUSAL = 120
WORKSPACE, OWN = "workspace", "own"
_AT_ONCE = f"Write a whole number from 0 to {MOST_AT_ONCE:,}."
_A_DAY = f"Write a whole number from 0 to {MOST_A_DAY:,}, or leave it empty for no limit."
_A_MINUTE = (
    f"Write a whole number from 0 to {MOST_MESSAGES:,}, or leave it empty for the workspace’s."
)


def fits_a_close(text: str) -> str:
    """A refusal as visitors read it. Raises ValidationError when a close cannot carry it."""
    if len(text.encode()) > CLOSE_BYTES:
        raise forms.ValidationError(
            f"Shorten it: browsers are told {CLOSE_BYTES} bytes, and letters beyond a to z take "
            "two or more."
        )
    return text


class LimitsForm(CardForm):
    places: ClassVar[Mapping[str, str]] = {
        "agent_concurrency_limit": "at_once",
        "daily_limit": "a_day",
        "refusal_message": "refusal",
        "messages_per_minute": "a_minute",
    }
    whose = forms.ChoiceField(
        choices=((WORKSPACE, ""), (OWN, "")),
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one of the two."),
    )
    at_once = whole(_AT_ONCE, 0, MOST_AT_ONCE, required=False)
    a_day = whole(_A_DAY, 0, MOST_A_DAY, required=False)
    bursting = forms.BooleanField(required=False)
    refusal = line(LONGEST_REFUSAL)
    a_minute = whole(_A_MINUTE, 0, MOST_MESSAGES, required=False)

    @classmethod
    def told(cls, agent: Agent) -> JSON:
        limits = settings_in_force(agent.told, agent)["call_limits"]
        at_once = limits["agent_concurrency_limit"]
        return {
            "whose": WORKSPACE if at_once < 0 else OWN,
            "at_once": shown(at_once),
            "a_day": shown(limits["daily_limit"]),
            "bursting": limits["bursting_enabled"],
            "refusal": limits["refusal_message"],
            "a_minute": shown(limits["messages_per_minute"]),
        }

    def clean_refusal(self) -> str:
        return fits_a_close(str(self.cleaned_data["refusal"]))

    def clean(self) -> JSON:
        told = super().clean() or self.cleaned_data
        if told.get("whose") == OWN and told.get("at_once", 0) is None:
            self.add_error("at_once", _AT_ONCE)
        return told

    def change(self) -> JSON:
        told = self.cleaned_data
        limits = {
            "agent_concurrency_limit": told["at_once"] if told["whose"] == OWN else -1,
            "daily_limit": _or_none(told["a_day"]),
            "bursting_enabled": told["bursting"],
            "refusal_message": told["refusal"],
            "messages_per_minute": _or_none(told["a_minute"]),
        }
        return {"platform_settings": {"call_limits": limits}}


def _or_none(number: int | None) -> int:
    return -1 if number is None else number
