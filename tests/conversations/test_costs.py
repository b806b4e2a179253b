"""What a conversation took and costs, for clients: tokens by kind, prices, and twice in a burst."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.agents.llm_prices import PRICES, rates_of
from dashboard.conversations.costs import credits_for, llm_usage, price_of
from dashboard.conversations.documents import conversation_document
from dashboard.conversations.models import StoredTurn
from dashboard.engine.turns import Role, ToolCall, Turn, Usage, agent, visitor
from dashboard.providers.llms.extractive import NAME as BUILT_IN
from dashboard.workspaces.models import User, Workspace

from .visits import agent_of, visit

GPT = Usage("gpt-4o", 1_000_000, 1_000_000)
CACHED = Usage("claude-sonnet-4-5-20250929", 1_000_000, 0, cache_read=400_000, cache_write=100_000)


def test_a_price_is_the_vendors_list_price_with_its_cache() -> None:
    assert price_of([GPT]) == pytest.approx(sum(PRICES["gpt-4o"]))
    assert price_of([CACHED]) == pytest.approx(0.5 * 3 + 0.4 * 0.3 + 0.1 * 3.75)
    assert price_of([Usage(BUILT_IN)]) == 0


def test_an_unknown_price_makes_the_whole_unknown() -> None:
    assert price_of([GPT, Usage("our-own", 10, 10)]) is None
    assert price_of([]) is None
    assert credits_for(None) is None


def test_names_of_gateways_and_revisions_have_their_familys_price() -> None:
    assert rates_of("openai/gpt-4o-2024-08-06") == rates_of("gpt-4o")
    assert rates_of("somebody/unheard-of") is None


def test_usage_is_summed_by_model_and_kind() -> None:
    told = llm_usage([GPT, replace(GPT, estimated=True), CACHED])

    assert told is not None
    assert told["model_usage"]["gpt-4o"]["input"]["tokens"] == 2_000_000
    claude = told["model_usage"][CACHED.model]
    assert {kind: part["tokens"] for kind, part in claude.items()} == {
        "input": 500_000,
        "input_cache_read": 400_000,
        "input_cache_write": 100_000,
        "output_total": 0,
    }
    assert told["is_estimated"] is True
    assert llm_usage([]) is None


def test_counts_that_cannot_be_cost_nothing_less_than_nothing() -> None:
    odd = Usage("gpt-4o", 10, 0, cache_read=500, cache_write=500)

    told = llm_usage([odd])

    assert told is not None
    assert all(part["tokens"] >= 0 for part in told["model_usage"]["gpt-4o"].values())


@pytest.mark.parametrize(("is_burst", "factor"), [(False, 1), (True, 2)])
def test_a_burst_conversation_is_charged_twice(
    workspace: Workspace, ada: User, is_burst: bool, factor: int
) -> None:
    turns = (
        agent("Hi!"),
        visitor("Hours?"),
        Turn(Role.AGENT, None, (ToolCall("c1", "lookup"),), usage=Usage("gpt-4o", 40_000, 0)),
        replace(agent("Nine."), usage=Usage("gpt-4o", 20_000, 5_000)),
    )

    told = conversation_document(visit(agent_of(workspace, ada), turns, is_burst=is_burst))

    charging = told["metadata"]["charging"]
    assert charging["is_burst"] is is_burst
    assert charging["llm_price"] == pytest.approx(0.06 * 2.5 + 0.005 * 10)
    assert charging["llm_charge"] == told["metadata"]["cost"] == 2_000 * factor
    assert told["metadata"]["cost_fiat"] == pytest.approx(0.2 * factor)
    whole = charging["llm_usage"]["initiated_generation"]["model_usage"]["gpt-4o"]
    heard = charging["llm_usage"]["irreversible_generation"]["model_usage"]["gpt-4o"]
    assert (whole["input"]["tokens"], heard["input"]["tokens"]) == (60_000, 20_000)
    turn = told["transcript"][3]
    assert turn["llm_usage"]["model_usage"]["gpt-4o"]["input"]["price"] == pytest.approx(0.05)
    assert turn["producing_llm"] == "gpt-4o"
    assert told["transcript"][0]["llm_usage"] is None


def test_a_conversation_with_an_unknown_price_has_no_cost(workspace: Workspace, ada: User) -> None:
    turns = (visitor("Hi"), replace(agent("Hi."), usage=Usage("our-own", 5, 5)))

    told = conversation_document(visit(agent_of(workspace, ada), turns))

    assert told["metadata"]["cost"] is None
    assert told["metadata"]["charging"]["llm_price"] is None
    used = told["transcript"][1]["llm_usage"]["model_usage"]["our-own"]
    assert used["input"] == {"tokens": 5, "price": None}


def test_tokens_that_were_stored_before_caches_were_counted_still_load(
    workspace: Workspace, ada: User
) -> None:
    talk = visit(agent_of(workspace, ada), (visitor("Hi"), agent("Hi.")))
    old = {"model": "gpt-4o", "input_tokens": 100, "output_tokens": 5}
    StoredTurn.objects.filter(role="agent").update(usage=old)

    told = conversation_document(talk)

    used = told["transcript"][1]["llm_usage"]["model_usage"]["gpt-4o"]
    assert used["input"]["tokens"] == 100
