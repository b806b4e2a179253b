"""Variables make a text only so long: one value may stand in it often (docs/variables.md)."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from dashboard.agents.speaker import speaker_for
from dashboard.engine.turns import ToolCall
from dashboard.engine.variables import LONGEST_VALUE, MOST_ADDED_TO_PROMPT, UnfitVariable
from dashboard.workspaces.models import Workspace

from .test_briefing_variables import prompt, said
from .told import version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"text": "{{n}}" * 8000}, "agent.prompt.prompt"),
        ({"text": "Be kind.", "first": "{{n}}" * 8000}, "agent.first_message"),
        (
            {"text": "Be kind.", "max_conversation_duration_message": "{{n}}" * 8000},
            "agent.max_conversation_duration_message",
        ),
    ],
)
def test_a_text_that_variables_make_too_long_is_refused_before_it_is_built(
    workspace: Workspace, told: dict[str, Any], field: str
) -> None:
    wishes = said(n="x" * LONGEST_VALUE)
    agent = prompt(workspace, **told)

    tracemalloc.start()
    with pytest.raises(UnfitVariable) as unfit:
        speaker_for(agent, wishes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert field in str(unfit.value)
    assert len(str(unfit.value)) <= 123  # a close frame carries no more
    assert peak < 20_000_000


def test_what_the_owner_wrote_does_not_count_and_what_is_just_enough_fits(
    workspace: Workspace,
) -> None:
    wishes = said(n="x" * LONGEST_VALUE)
    times = MOST_ADDED_TO_PROMPT // LONGEST_VALUE
    agent = prompt(workspace, "o" * 300_000 + "{{n}}" * times, "Hello {{n}}")

    brief = speaker_for(agent, wishes).speaker.brief

    assert len(brief.instructions) == 300_000 + MOST_ADDED_TO_PROMPT
    assert len(brief.first_message) == LONGEST_VALUE + 6


def test_a_preset_that_variables_make_too_long_keeps_the_conversations_texts(
    workspace: Workspace,
) -> None:
    agent = prompt(workspace, "Be kind.", "Hello.")
    preset = {"overrides": {"agent": {"prompt": {"prompt": "{{n}}" * 8000}}}}
    agent.conversation_config = {**agent.conversation_config, "language_presets": {"de": preset}}

    casting = speaker_for(agent, said(n="x" * LONGEST_VALUE))

    assert casting.brief_in("de").instructions == "Be kind."


@pytest.mark.parametrize(
    "change",
    [
        {"request_headers": {"X-Notes": "{{n}}" * 8000}},
        {"url": "https://shop.example/?" + "n={{n}}&" * 8000},
    ],
)
def test_a_call_that_variables_make_too_long_is_an_answer_to_the_model(
    workspace: Workspace, change: dict[str, Any]
) -> None:
    tool = {"type": "webhook", "name": "look", "description": "Look."}
    api = {"url": "https://shop.example/", "method": "GET", **change}
    agent = version(workspace, prompt="Be kind.", tools=[{**tool, "api_schema": api}])
    toolbox = speaker_for(agent, said(n="x" * LONGEST_VALUE)).speaker.toolbox

    result = async_to_sync(toolbox.run)(ToolCall("c1", "look", {}))

    assert result.is_error
    assert "more than 50,000 characters" in result.output
