"""Languages with words of their own, and what goes along to a custom model (contract §5)."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents.speaker import Casting, speaker_for
from dashboard.workspaces.models import Workspace

from .test_briefing import agent, asked, override

pytestmark = pytest.mark.django_db

PRESETS = {
    "nl": {
        "overrides": {"agent": {"first_message": "Hallo!", "prompt": {"prompt": "Wees aardig."}}},
        "first_message_translation": {"source_hash": "x", "text": "Nooit gezegd."},
    },
    "de": {"overrides": {}, "first_message_translation": {"source_hash": "x", "text": "Moin!"}},
    "fr": {"overrides": {"agent": {"first_message": ""}}},
}

# --- More fields for a custom model ----------------------------------------------------------

CUSTOM = {
    "agent": {
        "prompt": {
            "llm": "custom-llm",
            "custom_llm": {"url": "https://llm.example", "model_id": "m"},
        }
    }
}


def test_an_extra_body_reaches_a_custom_model_under_a_key_of_its_own(workspace: Workspace) -> None:
    body = {"seat": 4, "model": "another", "messages": [], "tools": [], "stream": False}

    brief = speaker_for(
        agent(workspace, CUSTOM, "custom_llm_extra_body"), asked(custom_llm_extra_body=body)
    ).speaker.brief

    assert brief.extra_body == {"elevenlabs_extra_body": body}


def test_an_extra_body_goes_to_no_model_that_only_stands_in(workspace: Workspace) -> None:
    unset = {"agent": {"prompt": {"llm": "custom-llm"}}}
    told = agent(workspace, unset, "custom_llm_extra_body")

    casting = speaker_for(told, asked(custom_llm_extra_body={"seat": 4}))

    assert casting.model != "custom-llm"
    assert casting.speaker.brief.extra_body == {}


def test_an_empty_extra_body_needs_no_leave_and_no_other_model_gets_one(
    workspace: Workspace,
) -> None:
    empty = speaker_for(agent(workspace, CUSTOM), asked(custom_llm_extra_body={}))
    plain = speaker_for(
        agent(workspace, {}, "custom_llm_extra_body"), asked(custom_llm_extra_body={"seat": 4})
    )

    assert empty.speaker.brief.extra_body == plain.speaker.brief.extra_body == {}


# --- Languages -------------------------------------------------------------------------------


def _in(workspace: Workspace, language: str, **more: Any) -> Casting:
    config = {
        "agent": {"first_message": "Hello!", "prompt": {"prompt": "Be kind."}},
        "language_presets": PRESETS,
    }
    names = ("agent.language", "agent.first_message")
    return speaker_for(
        agent(workspace, config, *names), override(agent={"language": language, **more})
    )


@pytest.mark.parametrize(
    ("language", "first", "instructions"),
    [
        ("en", "Hello!", "Be kind."),
        ("nl", "Hallo!", "Wees aardig."),
        ("de", "Moin!", "Be kind."),
        ("fr", "Hello!", "Be kind."),
        ("sv", "Hello!", "Be kind."),
    ],
)
def test_a_conversation_starts_in_its_language_as_the_owner_wrote_it(
    workspace: Workspace, language: str, first: str, instructions: str
) -> None:
    brief = _in(workspace, language).speaker.brief

    assert (brief.first_message, brief.instructions) == (first, instructions)
    assert brief.language == language


def test_what_the_page_asks_for_stands_above_the_preset(workspace: Workspace) -> None:
    assert _in(workspace, "nl", first_message="Hoi!").speaker.brief.first_message == "Hoi!"


def test_an_agent_that_changes_its_language_goes_by_that_languages_preset(
    workspace: Workspace,
) -> None:
    casting = _in(workspace, "de")

    dutch, back = casting.brief_in("nl"), casting.brief_in("en")

    assert (dutch.language, dutch.instructions) == ("nl", "Wees aardig.")
    assert (back.language, back.instructions) == ("en", "Be kind.")


def test_a_preset_that_cannot_be_filled_changes_the_language_alone(workspace: Workspace) -> None:
    presets = {"nl": {"overrides": {"agent": {"prompt": {"prompt": "Wees {{mood}}."}}}}}
    config = {"agent": {"prompt": {"prompt": "Be kind."}}, "language_presets": presets}

    brief = speaker_for(agent(workspace, config)).brief_in("nl")

    assert (brief.language, brief.instructions) == ("nl", "Be kind.")
