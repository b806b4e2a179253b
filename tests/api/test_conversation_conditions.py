"""Several conditions at once, on what conversations can be found by."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations import facts
from dashboard.conversations.models import FactKind

from .conftest import Caller
from .talks import judge, make_talk

pytestmark = pytest.mark.both_profiles
PATH = "/convai/conversations"


def shown(ask: Caller, query: str) -> set[str]:
    lines = ask.get(f"{PATH}?{query}").json()["conversations"]
    return {line["conversation_id"] for line in lines}


def test_a_condition_that_is_repeated_is_asked_once(
    agent: Agent, ask: Caller, django_assert_max_num_queries: Any
) -> None:
    talk = make_talk(agent)
    judge(talk)
    facts.keep(talk, [facts.Found(FactKind.VARIABLE, "plan", "pro")])
    query = "&".join(["dynamic_variable_params=plan:eq:pro"] * 20)

    with django_assert_max_num_queries(6):
        response = ask.get(f"{PATH}?{query}")

    assert [line["conversation_id"] for line in response.json()["conversations"]] == [talk.pk]


def test_there_is_an_end_to_conditions(ask: Caller) -> None:
    query = "&".join(f"dynamic_variable_params=v{n}:eq:x" for n in range(21))

    response = ask.get(f"{PATH}?{query}")

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["query", "dynamic_variable_params"]


def test_conditions_that_hold_and_that_are_missing_narrow_together(
    agent: Agent, ask: Caller
) -> None:
    talks = {name: make_talk(agent) for name in ("both", "one", "none")}
    for name, variables in (("both", ("plan", "city")), ("one", ("plan",))):
        found = [facts.Found(FactKind.VARIABLE, variable, "x") for variable in variables]
        facts.keep(talks[name], found)

    plan, no_city = "dynamic_variable_params=plan:eq:x", "dynamic_variable_params=city:missing"

    assert shown(ask, f"{plan}&{no_city}") == {talks["one"].pk}
    assert shown(ask, no_city) == {talks["one"].pk, talks["none"].pk}
