"""How many may talk at once in a workspace, as a form (DESIGN §5)."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django import forms

from dashboard.agents.documents import Unfit
from dashboard.agents.documents.platform_settings import MOST_MESSAGES
from dashboard.agents.workspace_limits import MOST_VOICES, limits_document
from dashboard.workspaces.models import CHAT_LIMITS, CHAT_TIMES, VOICE_LIMITS, Plan, Workspace

from .card import line, whole
from .limits import LONGEST_REFUSAL, fits_a_close

_OWN = f"Write a whole number from 1 to {MOST_VOICES:,}, or leave it empty."
_A_MINUTE = f"Write a whole number from 0 to {MOST_MESSAGES:,}."
_PLACES = {
    "plan": "plan",
    "own_voice_limit": "own",
    "refusal_message": "words",
    "messages_per_minute": "pace",
}


class PlanForm(forms.Form):
    plan = forms.ChoiceField(
        choices=Plan.choices,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one of the list."),
    )
    own = whole(_OWN, 1, MOST_VOICES, required=False)
    words = line(LONGEST_REFUSAL)
    pace = whole(_A_MINUTE, 0, MOST_MESSAGES)

    def clean_words(self) -> str:
        return fits_a_close(str(self.cleaned_data["words"]))

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if told.get("own") and told.get("plan") != Plan.ENTERPRISE:
            self.add_error("own", "Only the plan Enterprise has a number of its own.")
        return told

    def change(self) -> dict[str, Any]:
        """The part `limits` of a change of the workspace's settings."""
        told = self.cleaned_data
        return {
            "plan": told["plan"],
            "own_voice_limit": told["own"],
            "refusal_message": told["words"],
            "messages_per_minute": told["pace"],
        }

    def refuse(self, unfit: Unfit) -> None:
        """What the settings found wrong, beside the field that it is about."""
        for error in unfit.errors:
            self.add_error(_PLACES.get(str(error["loc"][-1])), f"{error['msg']}.")


def told(workspace: Workspace) -> dict[str, Any]:
    return {
        "plan": workspace.plan,
        "own": workspace.own_voice_limit,
        "words": workspace.refusal_text,
        "pace": workspace.messages_a_minute,
    }


def stamp(workspace: Workspace) -> str:
    """Differs as soon as one of the limits does."""
    document = orjson.dumps(limits_document(workspace), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(document).hexdigest()[:16]


def plans() -> list[tuple[str, int | str, int | str]]:
    """(name, voice, chat) of every plan, for a table."""
    return [
        (plan.label, VOICE_LIMITS[plan], CHAT_LIMITS[plan])
        if plan != Plan.ENTERPRISE
        else (plan.label, "your own", f"{CHAT_TIMES} times as many")
        for plan in Plan
    ]
