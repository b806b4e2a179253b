"""Which models there are, and what a message to each costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.agents.llm_catalog import HOSTED
from dashboard.agents.llm_prices import CHARACTERS_A_PAGE, MESSAGES_A_MINUTE
from dashboard.agents.models import Agent
from dashboard.knowledge.models import KnowledgeDocument
from dashboard.workspaces.models import ModelBackend, Workspace

from .conftest import Caller

CALCULATE = "/convai/llm-usage/calculate"
LOAD = {"prompt_length": 2000, "number_of_pages": 10, "rag_enabled": False}


def llms(ask: Caller) -> dict[str, dict[str, Any]]:
    return {one["llm"]: one for one in ask.get("/convai/llm/list").json()["llms"]}


def prices(answer: Any) -> dict[str, dict[str, float]]:
    assert answer.status_code == 200, answer.content
    return {one["llm"]: one for one in answer.json()["llm_prices"]}


def test_without_a_model_of_ones_own_the_built_in_answers_to_every_id(ask: Caller) -> None:
    told = ask.get("/convai/llm/list").json()

    offered = {one["llm"]: one for one in told["llms"]}
    assert set(HOSTED) < set(offered)
    assert len(offered) == len(told["llms"])
    assert not offered["gpt-4o"]["is_set_up"]
    assert offered["gpt-4o"]["answered_by"] == told["llms"][0]["llm"]
    assert offered["gpt-4o"]["max_context_limit"] == 128_000
    assert offered["gpt-4o-2024-08-06"]["is_checkpoint"]
    seeing = {name for name, one in offered.items() if one["supports_image_input"]}
    assert {"gpt-4o", "claude-haiku-4-5", "gemini-2.5-flash"} < seeing
    assert not {"gpt-3.5-turbo", "gpt-oss-20b", told["llms"][0]["llm"]} & seeing
    assert offered["gpt-3.5-turbo"]["supports_document_input"]
    assert not told["llms"][0]["supports_document_input"]
    assert offered["gpt-4o-2024-08-06"]["max_tokens_limit"] == 16_384
    assert set(told["default_deprecation_config"]) == {
        *("warning_start_days", "fallback_start_days", "fallback_complete_days"),
        *("fallback_start_percentage", "fallback_complete_percentage"),
    }


def test_a_vendors_key_serves_the_vendors_ids(
    ask: Caller, cleo_asks: Caller, workspace: Workspace
) -> None:
    ModelBackend.objects.create(workspace=workspace, kind="anthropic", model="claude-haiku-4-5")
    ModelBackend.objects.create(
        workspace=workspace, kind="openai", model="our-own", url="https://models.example/v1"
    )

    ours = llms(ask)

    assert list(ours)[:2] == ["claude-haiku-4-5", "our-own"]
    assert ours["claude-opus-5"]["answered_by"] == "claude-opus-5"
    assert ours["gpt-4o"]["answered_by"] == "claude-haiku-4-5"
    assert (ours["our-own"]["is_set_up"], ours["our-own"]["max_context_limit"]) == (True, 0)
    assert "our-own" not in llms(cleo_asks)


def test_prices_follow_the_formula(stranger: Caller) -> None:
    told = prices(stranger.post(CALCULATE, LOAD))

    # 2,000 characters and ten pages of 3,000, four to a token; 600 tokens said before, 120 said now
    expected = ((500 + 7_500 + 600) * 2.50 + 120 * 10.00) / 1_000_000
    assert told["gpt-4o"]["price_per_message"] == pytest.approx(expected)
    assert told["gpt-4o"]["price_per_minute"] == pytest.approx(expected * MESSAGES_A_MINUTE)
    assert told["gpt-4o-2024-08-06"]["price_per_message"] == pytest.approx(expected)
    assert all(one["price_per_message"] > 0 for one in told.values())


def test_searching_costs_less_than_sending_everything(stranger: Caller) -> None:
    whole = prices(stranger.post(CALCULATE, LOAD))
    searched = prices(stranger.post(CALCULATE, LOAD | {"rag_enabled": True}))

    assert all(
        searched[llm]["price_per_message"] < whole[llm]["price_per_message"] for llm in whole
    )


def test_the_largest_input_has_a_finite_price(stranger: Caller) -> None:
    largest = {"prompt_length": 100_000_000, "number_of_pages": 10_000_000, "rag_enabled": False}

    told = prices(stranger.post(CALCULATE, largest))

    assert all(math.isfinite(one["price_per_minute"]) for one in told.values())


@pytest.mark.parametrize(
    "change",
    [
        {"prompt_length": -1},
        {"prompt_length": 10**30},
        {"number_of_pages": 10**12},
        {"number_of_pages": None},
        {"rag_enabled": "perhaps"},
        {"service_tier": "x" * 100},
    ],
)
def test_what_cannot_be_counted_is_refused(stranger: Caller, change: dict[str, Any]) -> None:
    answer = stranger.post(CALCULATE, LOAD | change)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", next(iter(change))]


def test_pages_of_any_host_may_ask(stranger: Caller) -> None:
    answer = stranger.post(CALCULATE, LOAD, Origin="https://shop.example")
    asked = stranger("OPTIONS", CALCULATE, Origin="https://shop.example")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Methods"] == "POST"
    assert asked.headers["Access-Control-Allow-Headers"] == "*"


def test_an_agents_own_load_is_the_default(
    ask: Caller, make_agent: Callable[..., Agent], workspace: Workspace
) -> None:
    text = "x" * (2 * CHARACTERS_A_PAGE)
    document = KnowledgeDocument.objects.create(workspace=workspace, name="D", content=text)
    known = {"type": "text", "name": "D", "id": document.pk}
    prompt = {"prompt": "y" * 2000, "knowledge_base": [known], "rag": {"enabled": False}}
    agent = make_agent(conversation_config={"agent": {"prompt": prompt}})
    path = f"/convai/agent/{agent.pk}/llm-usage/calculate"

    own = prices(ask.post(path, {}))
    said = prices(ask.post(path, {"number_of_pages": 10}))

    expected = ((500 + 1_500 + 600) * 2.50 + 120 * 10.00) / 1_000_000
    assert own["gpt-4o"]["price_per_message"] == pytest.approx(expected)
    assert said["gpt-4o"] == prices(ask.post(CALCULATE, LOAD))["gpt-4o"]


def test_a_model_of_ones_own_costs_nothing(
    ask: Caller, agent: Agent, workspace: Workspace, cleo_asks: Caller
) -> None:
    ModelBackend.objects.create(
        workspace=workspace, kind="ollama", model="llama3.1", url="http://gpu.example"
    )
    path = f"/convai/agent/{agent.pk}/llm-usage/calculate"

    told = prices(ask("POST", path))  # without a body

    assert told["llama3.1"] == {"llm": "llama3.1", "price_per_minute": 0, "price_per_message": 0}
    assert cleo_asks.post(path, {}).status_code == 404
    assert ask.post("/convai/agent/agent_none/llm-usage/calculate", {}).status_code == 404


def test_the_catalog_needs_a_key(stranger: Caller, agent: Agent) -> None:
    assert stranger.get("/convai/llm/list").status_code == 401
    assert stranger.post(f"/convai/agent/{agent.pk}/llm-usage/calculate", {}).status_code == 401
