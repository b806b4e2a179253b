"""What the public widget is told about an agent (contract rest.md §8)."""

from __future__ import annotations

from dashboard.agents.models import Agent
from dashboard.agents.pictures import seen_from
from dashboard.engine import variables

from .answers import conversation_config, filled_platform_settings
from .conversation_config import ConversationConfig
from .document import JSON

# Settings of the dashboard, and what is put together below.
_NOT_SHOWN = ("language_selector", "custom_avatar_path", "language_presets")


def widget_document(agent: Agent, server: str = "") -> JSON:
    """Public: nothing here may depend on who asks. server: where uploaded pictures are."""
    config = conversation_config(agent.told)
    widget = seen_from(server, filled_platform_settings(agent.told)["widget"])
    languages = [config.agent.language, *config.language_presets]
    chooses = widget["language_selector"] and len(set(languages)) > 1
    shown = {name: value for name, value in widget.items() if name not in _NOT_SHOWN}
    return {
        "agent_id": agent.pk,
        "widget_config": shown
        | {
            "language": config.agent.language,
            "supported_language_overrides": list(dict.fromkeys(languages)) if chooses else None,
            "language_presets": _presets(config, widget["language_presets"]),
            "text_only": config.conversation.text_only,
            "first_message": _advertised(config.agent.first_message, config),
            "use_rtc": False,
            "file_input_config": config.conversation.file_input.model_dump(),
        },
    }


def _advertised(message: str | None, config: ConversationConfig) -> str | None:
    """The first message as the widget shows it before the socket is open.

    The widget drops the socket's first agent message if and only if one stands here, so this is
    none only when nothing will be sent. Variables take their fallbacks where all have one.
    """
    try:
        fallbacks = config.agent.dynamic_variables.dynamic_variable_placeholders
        return variables.fill(message or "", fallbacks) or None
    except (variables.MissingVariable, variables.UnfitVariable):
        return message


def _presets(config: ConversationConfig, shown: JSON) -> JSON:
    """One entry per language that the agent or the widget has words for."""
    presets = {
        language: {"first_message": _advertised(preset.first_message, config)}
        for language, preset in config.language_presets.items()
    }
    for language, words in shown.items():
        presets[language] = {"first_message": None} | presets.get(language, {}) | words
    return presets
