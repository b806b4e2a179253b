"""Whose model answers, and who stands in: never somebody whom the owner did not choose."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from dashboard.agents.model_choice import as_burst, as_judge, choose
from dashboard.engine.ports import Ask, ModelTrouble
from dashboard.engine.turns import visitor
from dashboard.providers.llms import queue
from dashboard.providers.llms.extractive import NAME as BUILT_IN
from dashboard.workspaces.models import ModelKind, Workspace
from tests.stand_ins.model_stub import model_stub

pytestmark = pytest.mark.django_db

NOBODY = "http://127.0.0.1:9/v1"


@pytest.fixture
def operators(settings: Settings) -> Settings:
    settings.LLM_URL, settings.LLM_MODEL = NOBODY, "house-model"
    return settings


def own(workspace: Workspace, model: str, **more: Any) -> None:
    workspace.model_backends.create(kind=ModelKind.OPENAI, model=model, **more)


def test_nothing_set_up_is_the_built_in_answerer(workspace: Workspace):
    choice = choose(workspace, "")

    assert (choice.name, choice.warnings) == (BUILT_IN, ())


def test_a_wish_that_is_not_set_up_falls_to_the_default_and_says_so(
    workspace: Workspace, operators: Settings
):
    choice = choose(workspace, "claude-sonnet-4-5")

    assert choice.name == "house-model"
    assert choice.warnings == ("claude-sonnet-4-5 is not set up here; house-model answers.",)


def test_no_wish_is_the_default_without_a_word(workspace: Workspace, operators: Settings):
    choice = choose(workspace, "")

    assert (choice.name, choice.warnings) == ("house-model", ())


def test_the_workspaces_own_model_comes_before_the_operators(
    workspace: Workspace, operators: Settings
):
    own(workspace, "our-model", url=NOBODY)

    assert choose(workspace, "").name == "our-model"
    assert choose(workspace, "house-model").name == "house-model"


def test_a_vendors_key_serves_all_its_models_and_an_own_address_only_one(
    workspace: Workspace, settings: Settings
):
    settings.OPENAI_API_KEY = "sk-of-the-operator"
    own(workspace, "local", url=NOBODY)

    assert choose(workspace, "gpt-4.1").name == "gpt-4.1"
    assert choose(workspace, "gpt-4.1").warnings == ()


async def test_what_is_said_to_an_own_endpoint_goes_to_nobody_else(
    workspace: Workspace, settings: Settings
):
    async with model_stub() as url:
        settings.LLM_URL, settings.LLM_MODEL = url, "house-model"
        settings.EGRESS_ALLOW = ["127.0.0.1:9"]
        choice = await sync_to_async(choose)(workspace, "custom-llm", {"url": NOBODY})

        with pytest.raises(ModelTrouble):
            async for _ in choice.llm.answer(Ask("", (visitor("Hi"),))):
                pass


# --- Queues ------------------------------------------------------------------------------------


def gates(name: str) -> list[tuple[str, int]]:
    return [(one.owner, one.at_once) for one in queue.state() if one.name.startswith(name)]


def test_the_owners_number_holds_for_all_who_ask_the_model_and_changes_at_once(
    workspace: Workspace,
):
    own(workspace, "counted-model", url=NOBODY, at_once=2)
    first = choose(workspace, "counted-model")
    assert gates("counted-model") == [(workspace.pk, 2)]

    workspace.model_backends.update(at_once=5)
    second = choose(workspace, "counted-model")

    assert gates("counted-model") == [(workspace.pk, 5)]
    del first, second


def test_the_operators_number_holds_for_the_operators_models_alone(
    workspace: Workspace, operators: Settings
):
    operators.LLM_AT_ONCE = 3
    own(workspace, "unlimited-model", url=NOBODY)

    choices = choose(workspace, "house-model"), choose(workspace, "unlimited-model")

    assert gates("house-model") == [("", 3)]
    assert gates("unlimited-model") == [(workspace.pk, 0)]
    del choices


async def test_a_burst_waits_behind_the_others_and_a_judge_behind_both(
    workspace: Workspace, operators: Settings
):
    operators.LLM_AT_ONCE = 1
    async with model_stub() as url:
        operators.LLM_URL, operators.LLM_MODEL = url, "mute"
        llm = (await sync_to_async(choose)(workspace, "mute")).llm
        asking = [
            asyncio.create_task(anext(one.answer(Ask("", (visitor("Hello?"),)))))
            for one in (llm, as_judge(llm), as_burst(llm), llm)
        ]
        for _ in range(100):
            await asyncio.sleep(0)
        (state,) = [one for one in queue.state() if one.name.startswith("mute")]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    assert (state.running, state.waiting_normal) == (1, 1)
    assert (state.waiting_burst, state.waiting_judges) == (1, 1)
