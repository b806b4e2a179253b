"""Whatever is sent or stored, the REST door answers in its own words and never with a 500."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.agents import revising
from dashboard.agents.models import Agent, AgentVersion
from dashboard.conversations.models import Conversation
from dashboard.workspaces.models import Workspace

from .conftest import Caller
from .talks import make_talk

pytestmark = pytest.mark.both_profiles

HUGE = 10**20


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


def _store(agent: Agent, key: str, value: Any) -> None:
    """As an older version, or PostgreSQL, hands it back."""
    version = AgentVersion.objects.get(pk=agent.told.pk)
    told = {**version.conversation_config, "agent": {key: value}}
    AgentVersion.objects.filter(pk=version.pk).update(conversation_config=told)


def _cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


# --- Numbers and depth -----------------------------------------------------------------------


def test_a_number_beyond_64_bits_is_answered(ask: Caller, stranger: Caller, agent: Agent) -> None:
    _store(agent, "limit", HUGE)
    widget = {"styles": {"width": HUGE}}
    AgentVersion.objects.filter(pk=agent.told.pk).update(platform_settings={"widget": widget})

    told = ask.get(f"/convai/agents/{agent.pk}").json()
    shown = stranger.get(f"/convai/agents/{agent.pk}/widget").json()

    assert told["conversation_config"]["agent"]["limit"] == HUGE
    assert shown["widget_config"]["styles"]["width"] == HUGE


def test_a_huge_number_that_is_sent_comes_back(ask: Caller) -> None:
    body = b'{"conversation_config": {"agent": {"limit": 1e20, "other": 1e300}}}'
    agent_id = ask("POST", "/convai/agents/create", body).json()["agent_id"]

    told = ask.get(f"/convai/agents/{agent_id}").json()["conversation_config"]["agent"]

    assert (float(told["limit"]), float(told["other"])) == (1e20, 1e300)


def test_a_deep_value_of_a_conversation_is_answered(ask: Caller, agent: Agent) -> None:
    deep = _nested(150)  # 300 levels
    talk = make_talk(agent, initiation={"dynamic_variables": {"deep": deep, "huge": HUGE}})

    told = ask.get(f"/convai/conversations/{talk.pk}").json()

    said = told["conversation_initiation_client_data"]["dynamic_variables"]
    assert said == {"deep": deep, "huge": HUGE}


# --- Ids, cursors, queries -------------------------------------------------------------------


@pytest.mark.parametrize("agent_id", ["%00", "a%00b", "%F0%9F%A6%8A", "a" * 300])
def test_the_widget_of_a_garbage_id_is_a_404(stranger: Caller, agent_id: str) -> None:
    answer = stranger.get(f"/convai/agents/{agent_id}/widget")

    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "parts",
    [
        ("-created_at", "v", "garbage", "x"),
        ("-created_at", "v", 5, "x"),
        ("-created_at", "t", "0001-01-01T00:00:00+14:00", "x"),
        ("-created_at", "t", "9999-12-31T23:59:59-14:00", "x"),
        ("-created_at", "t", "2026-01-01T00:00:00", "x"),
        ("-created_at", "t", 12, "x"),
        ("-created_at", "t", "2026-01-01T00:00:00+00:00", "a\0b"),
        ("-created_at", "t", "2026-01-01T00:00:00+00:00", 7),
        ("-created_at", ["t"], {}, "x"),
        ("-created_at",),
    ],
)
def test_a_forged_cursor_is_a_422(ask: Caller, agent: Agent, parts: tuple[Any, ...]) -> None:
    answer = ask.get(f"/convai/agents?cursor={_cursor(*parts)}")

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "cursor"]


@pytest.mark.parametrize(
    ("order", "value"),
    [
        ("name", "a\0b"),
        ("name", 5),
        ("call_count_7d", "many"),
        ("call_count_7d", 2**70),
        ("call_count_7d", True),
    ],
)
def test_a_forged_cursor_of_another_order_is_a_422(ask: Caller, order: str, value: Any) -> None:
    cursor = _cursor(f"-{order}", "v", value, "x")

    assert ask.get(f"/convai/agents?sort_by={order}&cursor={cursor}").status_code == 422


@pytest.mark.parametrize("cursor", ["%00", "é", "AAAA", base64.b64encode(b"5").decode()])
def test_a_cursor_of_nothing_is_a_422(ask: Caller, cursor: str) -> None:
    assert ask.get(f"/convai/conversations?cursor={cursor}").status_code == 422


@pytest.mark.parametrize("order", ["name", "created_at", "call_count_7d"])
def test_our_own_cursors_still_lead_on(
    ask: Caller, make_agent: Callable[..., Agent], order: str
) -> None:
    made = {make_agent(name=f"Agent {n}").pk for n in range(3)}
    path, cursor, seen = f"/convai/agents?page_size=1&sort_by={order}", "", set()

    for _ in range(3):
        told = ask.get(path + cursor).json()
        seen |= {row["agent_id"] for row in told["agents"]}
        cursor = f"&cursor={told['next_cursor']}"

    assert seen == made
    assert told["has_more"] is False


def test_too_many_parameters_are_a_400_in_json(ask: Caller) -> None:
    answer = ask.get("/convai/agents?" + "&".join(f"tags={n}" for n in range(1001)))

    assert answer.status_code == 400
    assert answer.json()["detail"]["status"] == "bad_request"


@pytest.mark.parametrize("path", ["/convai/agents", "/convai/conversations"])
def test_a_search_for_a_book_is_a_422(ask: Caller, path: str) -> None:
    answer = ask.get(f"{path}?search={'a' * 60_000}")

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "search"]


@pytest.mark.parametrize("path", ["/v1", "//v1/convai/agents", "/V1/convai/agents", "/V1"])
def test_almost_v1_is_a_404_in_json(path: str, db: None) -> None:
    answer = Client().generic("GET", "/", PATH_INFO=path)

    assert answer.status_code == 404
    assert answer.json()["detail"]["status"] == "not_found"


# --- What visitors sent in the wrong form ----------------------------------------------------


@pytest.mark.parametrize(
    "initiation",
    [
        {
            "conversation_config_override": [1],
            "custom_llm_extra_body": "x",
            "dynamic_variables": [1],
        },
        {"dynamic_variables": "text", "conversation_config_override": 5},
        [],
        "text",
        None,
    ],
)
def test_what_a_visitor_sent_first_is_always_objects(
    ask: Caller, agent: Agent, initiation: Any
) -> None:
    talk = make_talk(agent)
    if initiation is not None:
        Conversation.objects.filter(pk=talk.pk).update(initiation=initiation)

    said = ask.get(f"/convai/conversations/{talk.pk}").json()["conversation_initiation_client_data"]

    for name in ("conversation_config_override", "custom_llm_extra_body", "dynamic_variables"):
        assert said[name] == {}


# --- Sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", [["t" * 101], ["t"] * 51])
def test_tags_have_an_end(ask: Caller, agent: Agent, tags: list[str]) -> None:
    answer = ask.patch(f"/convai/agents/{agent.pk}", {"tags": tags})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["body", "tags"]


def test_an_agent_has_an_end(ask: Caller, workspace: Workspace) -> None:
    body = {"conversation_config": {"agent": {"prompt": {"prompt": "x" * 2_100_000}}}}

    answer = ask.post("/convai/agents/create", body)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body"]
    assert not workspace.agents.exists()


def test_an_agent_does_not_grow_without_end_by_small_changes(ask: Caller, agent: Agent) -> None:
    for name in ("one", "two"):
        change = {"conversation_config": {"agent": {name: "x" * 1_100_000}}}
        answer = ask.patch(f"/convai/agents/{agent.pk}", change)

    assert answer.status_code == 422
    agent.refresh_from_db()
    assert agent.told.part("agent", "two") is None


# --- What cannot be written ------------------------------------------------------------------


def test_safety_is_ours_to_say(ask: Caller) -> None:
    settings = {"safety": {"is_blocked_ivc": True, "extra": 1}, "trust_context": "low"}
    body = {"conversation_config": {}, "platform_settings": settings}
    agent_id = ask.post("/convai/agents/create", body).json()["agent_id"]

    ask.patch(f"/convai/agents/{agent_id}", {"platform_settings": settings, "unheard_of": 1})

    told = ask.get(f"/convai/agents/{agent_id}").json()["platform_settings"]
    assert told["trust_context"] == "low"
    assert told["safety"] == {
        "is_blocked_ivc": False,
        "is_blocked_non_ivc": False,
        "ignore_safety_evaluation": False,
    }


def test_safety_in_a_stored_document_is_not_believed(ask: Caller, workspace: Workspace) -> None:
    agent = revising.create(workspace, None)
    settings = {"safety": {"is_blocked_ivc": True}}
    AgentVersion.objects.filter(pk=agent.told.pk).update(platform_settings=settings)

    ask.patch(f"/convai/agents/{agent.pk}", {"platform_settings": {"trust_context": "low"}})

    told = ask.get(f"/convai/agents/{agent.pk}").json()["platform_settings"]
    assert told["safety"]["is_blocked_ivc"] is False
