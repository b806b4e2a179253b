"""`manage.py simulate` and `manage.py replay`: whole talks against a model over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.agents.toolbox import CALLED
from dashboard.conversations.models import Conversation
from dashboard.engine.turns import Role, ToolCall, ToolResult, Turn, agent, visitor
from dashboard.simulations.runs import rerun, stage
from dashboard.workspaces.models import User, Workspace
from tests.conversations.visits import SETTINGS, agent_of, visit
from tests.stand_ins.beside import beside
from tests.stand_ins.model_stub import model_stub
from tests.stand_ins.service import service

PAST = (agent("Hi!"), visitor("Where is 4711?"), agent("It is late."), visitor("Oh."))


@pytest.fixture
def model(settings: Settings) -> Iterator[None]:
    with beside(model_stub()) as url:
        settings.LLM_URL, settings.LLM_MODEL = url, "stub"
        yield


@pytest.fixture
def told(workspace: Workspace, ada: User) -> Agent:
    config = {"agent": {"first_message": "Welcome!", "prompt": {"prompt": "Sell coffee."}}}
    return revising.create(workspace, ada, conversation_config=config, platform_settings=SETTINGS)


def output_of(*line: str) -> list[str]:
    out = StringIO()
    call_command(*line, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("model")
def test_a_simulation_is_shown_turn_by_turn_and_then_judged(told: Agent) -> None:
    lines = output_of("simulate", told.pk, "--as", "in a hurry", "--turns", "2", "--expect", "Sell")

    who = [line.split()[0] for line in lines]
    assert lines[0] == "Agent    Welcome!"
    assert who[1:5] == ["Visitor", "Agent", "Visitor", "Agent"]
    assert "Ended    turns limit." in lines
    assert any(line.startswith("Outcome  ") for line in lines)
    for name in ("Politeness", "Solved", "Expectation 1"):
        assert any(f"{name}: " in line for line in lines)
    assert any("order = " in line for line in lines)


@pytest.mark.usefixtures("model")
def test_a_simulation_leaves_nothing_behind(told: Agent) -> None:
    output_of("simulate", told.pk, "--as", "in a hurry", "--turns", "1")

    assert not Conversation.objects.exists()


def test_without_a_model_it_says_what_to_do(told: Agent) -> None:
    with pytest.raises(CommandError, match="PARLEY_LLM_URL"):
        output_of("simulate", told.pk, "--as", "anyone")


def test_an_unknown_agent_or_conversation_is_named(db: None) -> None:
    with pytest.raises(CommandError, match="no agent agent_x"):
        output_of("simulate", "agent_x", "--as", "anyone")
    with pytest.raises(CommandError, match="no conversation conv_x"):
        output_of("replay", "conv_x")


@pytest.mark.usefixtures("model")
def test_variables_are_asked_for_and_filled(workspace: Workspace, ada: User) -> None:
    config = {"agent": {"first_message": "Hi {{name}}!"}}
    named = revising.create(workspace, ada, conversation_config=config)

    with pytest.raises(CommandError, match="--variable name="):
        output_of("simulate", named.pk, "--as", "anyone", "--turns", "1")
    lines = output_of(
        "simulate", named.pk, "--as", "anyone", "--turns", "1", "--variable", "name=Zoë"
    )

    assert lines[0] == "Agent    Hi Zoë!"


@pytest.mark.usefixtures("model")
def test_webhook_tools_only_seem_to_be_called(
    workspace: Workspace, ada: User, settings: Settings
) -> None:
    with beside(service()) as there:
        settings.EGRESS_ALLOW = [there.where]
        tool = {
            "type": "webhook",
            "name": "refund",
            "description": "Pay back.",
            "api_schema": {"url": f"{there.url}/refund", "method": "POST"},
        }
        config = {"agent": {"prompt": {"tools": [tool]}}}
        told = revising.create(workspace, ada, conversation_config=config).told
        call = ToolCall("c1", "refund")

        seeming = async_to_sync(stage(told, "anyone").speaker.toolbox.run)(call)
        assert (seeming.output, there.asked) == (CALLED, [])
        real = async_to_sync(stage(told, "anyone", real_tools=True).speaker.toolbox.run)(call)

    assert real.output != CALLED
    assert [asked.path for asked in there.asked] == ["/refund"]


@pytest.mark.usefixtures("model")
def test_a_replay_shows_both_answers_and_judges_the_new_one(
    workspace: Workspace, ada: User
) -> None:
    past = visit(agent_of(workspace, ada), PAST)

    lines = output_of("replay", past.pk, "--expect", "The answer names a day.")

    assert lines[0] == "Visitor  Where is 4711?"
    assert lines[1] == "Then     It is late."
    assert lines[2].startswith("Now      Hello")
    assert "The answer names a day.: " in lines[3]
    assert "Then     (no answer)" in lines


def test_a_replay_needs_no_model_but_a_judgement_does(workspace: Workspace, ada: User) -> None:
    past = visit(agent_of(workspace, ada), PAST)

    assert "Then     It is late." in output_of("replay", past.pk)
    with pytest.raises(CommandError, match="PARLEY_LLM_URL"):
        output_of("replay", past.pk, "--expect", "Anything.")


def test_a_replay_acts_on_nothing(workspace: Workspace, ada: User) -> None:
    called = (
        visitor("Pay me back."),
        Turn(Role.AGENT, None, (ToolCall("c1", "refund", {"order": 1}),)),
        Turn(Role.AGENT, tool_results=(ToolResult("c1", "refund", "paid back"),)),
    )
    past = visit(agent_of(workspace, ada), called)

    again = rerun(past)
    result = async_to_sync(again.speaker.toolbox.run)(ToolCall("n1", "refund", {"order": 1}))

    assert result.output == "paid back"
