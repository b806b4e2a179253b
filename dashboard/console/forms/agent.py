"""What an agent is told, as a form, and as the change to its document that the form asks for."""

from __future__ import annotations

from typing import Any

from django import forms

from dashboard.agents.documents import conversation_config
from dashboard.agents.model_choice import operators
from dashboard.agents.models import Agent, AgentVersion
from dashboard.agents.revising import LONGEST_NAME
from dashboard.providers.llms.extractive import NAME as BUILT_IN

# The wire's ids that people know by name; any other one that an agent carries is listed too.
KNOWN_LLMS = (
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-5",
    "gpt-5-mini",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
    "gemini-2.5-flash",
    "gemini-2.5-pro",
)
MOST_CREATIVE = 2  # the wire's bound; people rarely want more than 1


class AgentForm(forms.Form):
    """One page, one Save. `version` is the number that was on the page when typing began."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        max_length=LONGEST_NAME,
        error_messages={
            "required": "Write a name. Visitors and colleagues see it.",
            "max_length": f"Use at most {LONGEST_NAME} characters.",
        },
    )
    prompt = forms.CharField(required=False, strip=False)
    first_message = forms.CharField(required=False)
    llm = forms.CharField(max_length=200, required=False)  # empty: the default model
    temperature = forms.FloatField(
        required=False,
        min_value=0,
        max_value=MOST_CREATIVE,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), f"Write a number from 0 to {MOST_CREATIVE}."
        ),
    )
    text_only = forms.BooleanField(required=False)

    def clean_prompt(self) -> str:
        """Browsers send line ends as on paper; documents keep plain ones."""
        return str(self.cleaned_data["prompt"]).replace("\r\n", "\n")

    def change(self) -> dict[str, Any]:
        """The change for `revise`: what the form knows of the agent document."""
        told = self.cleaned_data
        prompt = {"prompt": told["prompt"], "llm": told["llm"] or None}
        if told["temperature"] is not None:
            prompt["temperature"] = told["temperature"]
        return {
            "name": told["name"],
            "conversation_config": {
                "agent": {"first_message": told["first_message"], "prompt": prompt},
                "conversation": {"text_only": told["text_only"]},
            },
        }


def told(agent: Agent) -> dict[str, Any]:
    """What the form shows of an agent as it is."""
    version: AgentVersion = agent.told
    config = conversation_config(version)
    prompt = config.agent.prompt
    return {
        "version": version.number,
        "name": agent.name,
        "prompt": prompt.prompt,
        "first_message": config.agent.first_message,
        "llm": version.part("agent", "prompt", "llm") or "",
        "temperature": prompt.temperature,
        "text_only": config.conversation.text_only,
    }


def model_options(agent: Agent, chosen: str) -> list[tuple[str, list[str]]]:
    """Groups of model ids for the select: what is set up here, then the other known names."""
    own = agent.workspace.model_backends.order_by("-is_default", "created_at")
    theirs = [backend.model for backend in operators()]
    here = list(dict.fromkeys([*own.values_list("model", flat=True), *theirs, BUILT_IN]))
    other = [name for name in KNOWN_LLMS if name not in here]
    if chosen and chosen not in here and chosen not in other:
        other.insert(0, chosen)
    return [("Set up here", here), ("Other names", other)]
