"""Agents over REST."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.agents.models import Agent
from dashboard.conversations.models import Conversation
from dashboard.workspaces.models import User, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles

TEXT_ONLY = {"conversation_config": {"conversation": {"text_only": True}}}


def made(ask: Caller, **body: Any) -> str:
    response = ask.post("/convai/agents/create", TEXT_ONLY | body)
    assert response.status_code == 200, response.content
    return str(response.json()["agent_id"])


def test_an_agent_is_made_and_read_back(ask: Caller, ada: User) -> None:
    agent_id = made(ask, name="My Chat Agent", tags=["a", "b"])

    told = ask.get(f"/convai/agents/{agent_id}").json()

    assert told["agent_id"] == agent_id
    assert told["name"] == "My Chat Agent"
    assert told["tags"] == ["a", "b"]
    assert told["conversation_config"]["conversation"]["text_only"] is True
    assert told["access_info"] == {
        "is_creator": True,
        "creator_name": "Ada Larsen",
        "creator_email": ada.email,
        "role": "admin",
    }
    assert Agent.objects.get(pk=agent_id).told.made_by == ada


def test_an_agent_without_a_name_gets_one(ask: Caller) -> None:
    assert ask.get(f"/convai/agents/{made(ask)}").json()["name"]


def test_unknown_fields_and_exact_numbers_come_back(ask: Caller) -> None:
    prompt = {"temperature": 0, "from_next_year": {"a": [1, None, "x"], "b": 0.0}}

    agent_id = made(ask, conversation_config={"agent": {"prompt": prompt}})

    raw = ask.get(f"/convai/agents/{agent_id}").content
    assert b'"temperature":0,' in raw
    assert b'"from_next_year":{"a":[1,null,"x"],"b":0.0}' in raw


def test_a_wrong_value_is_named_by_its_whole_path(ask: Caller) -> None:
    config = {"agent": {"prompt": {"knowledge_base": [{"type": "text", "name": "x"}]}}}

    response = ask.post("/convai/agents/create", {"conversation_config": config})

    assert response.status_code == 422
    assert response.json()["detail"] == [
        {
            "loc": ["body", "conversation_config", "agent", "prompt", "knowledge_base", 0, "id"],
            "msg": "Field required",
            "type": "missing",
        }
    ]
    assert Agent.objects.count() == 0


def test_the_config_itself_is_required(ask: Caller) -> None:
    errors = ask.post("/convai/agents/create", {"name": "x"}).json()["detail"]

    assert errors == [
        {"loc": ["body", "conversation_config"], "msg": "Field required", "type": "missing"}
    ]


def test_what_was_sent_is_not_repeated_in_an_error(ask: Caller) -> None:
    config = {"agent": {"prompt": {"custom_llm": {"url": 5, "api_key": "sk-very-secret"}}}}

    response = ask.post("/convai/agents/create", {"conversation_config": config})

    assert response.status_code == 422
    assert b"sk-very-secret" not in response.content


def test_an_update_merges(ask: Caller) -> None:
    agent_id = made(ask, platform_settings={"privacy": {"retention_days": 30}})
    limits = {"agent_concurrency_limit": -1, "daily_limit": 1000, "bursting_enabled": True}

    told = ask.patch(
        f"/convai/agents/{agent_id}", {"platform_settings": {"call_limits": limits}}
    ).json()

    assert limits.items() <= told["platform_settings"]["call_limits"].items()
    assert told["platform_settings"]["privacy"]["retention_days"] == 30
    assert told["conversation_config"]["conversation"]["text_only"] is True
    assert ask.get(f"/convai/agents/{agent_id}").json() == told


def test_an_update_may_come_wrapped_in_agent_config(ask: Caller) -> None:
    agent_id = made(ask)
    wrapped = {"agent_config": {"platform_settings": {"call_limits": {"daily_limit": 7}}}}

    told = ask.patch(f"/convai/agents/{agent_id}", wrapped).json()

    assert told["platform_settings"]["call_limits"]["daily_limit"] == 7


def test_an_update_of_the_name_alone_changes_nothing_else(ask: Caller) -> None:
    agent_id = made(ask, name="Old", tags=["kept"])
    before = ask.get(f"/convai/agents/{agent_id}").json()

    after = ask.patch(f"/convai/agents/{agent_id}", {"name": "New"}).json()

    assert after["name"] == "New"
    assert after["tags"] == ["kept"]
    assert after["version_id"] == before["version_id"]


def test_an_update_that_does_not_fit_changes_nothing(ask: Caller) -> None:
    agent_id = made(ask, name="Old")
    before = ask.get(f"/convai/agents/{agent_id}").json()

    response = ask.patch(
        f"/convai/agents/{agent_id}",
        {"name": "New", "platform_settings": {"call_limits": {"daily_limit": "many"}}},
    )

    assert response.status_code == 422
    place = ["body", "platform_settings", "call_limits", "daily_limit"]
    assert response.json()["detail"][0]["loc"] == place
    assert ask.get(f"/convai/agents/{agent_id}").json() == before


def test_a_deleted_agent_is_gone_and_its_conversations_stay(
    ask: Caller, agent: Agent, workspace: Workspace
) -> None:
    talk = Conversation.objects.create(workspace=workspace, agent=agent, version=agent.told)

    response = ask.delete(f"/convai/agents/{agent.pk}")

    assert (response.status_code, response.content) == (204, b"")
    assert ask.get(f"/convai/agents/{agent.pk}").status_code == 404
    assert ask.delete(f"/convai/agents/{agent.pk}").status_code == 404
    assert ask.get("/convai/agents").json()["agents"] == []
    assert ask.get(f"/convai/conversations/{talk.pk}").json()["agent_name"] == "Barista"


def test_cleo_sees_and_changes_nothing(ask: Caller, cleo_asks: Caller, agent: Agent) -> None:
    path = f"/convai/agents/{agent.pk}"
    before = ask.get(path).json()

    answers = [
        cleo_asks.get(path),
        cleo_asks.patch(path, {"name": "Mine"}),
        cleo_asks.delete(path),
        cleo_asks.get(f"/convai/conversation/get-signed-url?agent_id={agent.pk}"),
        cleo_asks.get(f"/convai/conversation/get_signed_url?agent_id={agent.pk}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert cleo_asks.get("/convai/agents").json()["agents"] == []
    assert ask.get(path).json() == before


def test_the_list_can_be_searched_and_sorted(
    ask: Caller, make_agent: Callable[..., Agent], ben: User, workspace: Workspace
) -> None:
    for name, tags in (("Tea", ["x"]), ("Coffee", ["x", "y"]), ("Cocoa", [])):
        make_agent(name=name, tags=tags)
    Agent.objects.filter(name="Cocoa").update(made_by=ben)
    tea = Agent.objects.get(name="Tea")
    talk = Conversation.objects.create(workspace=workspace, agent=tea, version=tea.told)

    def names(query: str) -> list[str]:
        agents = ask.get(f"/convai/agents?{query}").json()["agents"]
        return [agent["name"] for agent in agents]

    assert names("") == ["Cocoa", "Coffee", "Tea"]
    assert names("sort_direction=asc") == ["Tea", "Coffee", "Cocoa"]
    assert names("sort_by=name&sort_direction=asc") == ["Cocoa", "Coffee", "Tea"]
    assert names("sort_by=call_count_7d")[0] == "Tea"
    assert names("search=co") == ["Cocoa", "Coffee"]
    assert names("search=100%25") == []
    assert names("tags=x&tags=y") == ["Coffee"]
    assert names("show_only_owned_agents=true") == ["Coffee", "Tea"]
    assert names(f"created_by_user_id={ben.pk}") == ["Cocoa"]
    assert names("archived=true") == []
    last = ask.get("/convai/agents?search=tea").json()["agents"][0]["last_call_time_unix_secs"]
    assert last == int(talk.started_at.timestamp())


def test_an_archived_agent_is_listed_apart(ask: Caller, agent: Agent) -> None:
    ask.patch(f"/convai/agents/{agent.pk}", {"platform_settings": {"archived": True}})

    assert ask.get("/convai/agents").json()["agents"] == []
    shown = ask.get("/convai/agents?archived=true").json()["agents"]
    assert [a["archived"] for a in shown] == [True]


@pytest.mark.parametrize("order", ["", "&sort_by=name", "&sort_by=call_count_7d"])
def test_pages_neither_repeat_nor_skip_while_agents_come_and_go(
    ask: Caller, make_agent: Callable[..., Agent], order: str
) -> None:
    there = {make_agent(name=f"Agent {n % 3}").pk for n in range(7)}
    seen: list[str] = []
    cursor = ""

    while True:
        got = ask.get(f"/convai/agents?page_size=2{order}{cursor}").json()
        seen += [agent["agent_id"] for agent in got["agents"]]
        make_agent(name="Agent 9")
        Agent.objects.filter(pk=seen[0]).update(deleted_at=timezone.now())
        if not got["has_more"]:
            break
        cursor = f"&cursor={got['next_cursor']}"

    assert len(seen) == len(set(seen))
    assert there <= set(seen)
    assert got["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["x", "%F0", "AAAA", "WzEsMiwzLDRd", "W10=", "bnVsbA=="])
def test_a_garbage_cursor_is_a_422(ask: Caller, agent: Agent, cursor: str) -> None:
    response = ask.get(f"/convai/agents?cursor={cursor}")

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["query", "cursor"]


def test_a_cursor_of_another_order_is_a_422(ask: Caller, make_agent: Callable[..., Agent]) -> None:
    make_agent(), make_agent()
    cursor = ask.get("/convai/agents?page_size=1").json()["next_cursor"]

    assert ask.get(f"/convai/agents?sort_by=name&cursor={cursor}").status_code == 422


def test_a_page_of_agents_takes_the_same_few_queries_however_long(
    ask: Caller, make_agent: Callable[..., Agent], django_assert_num_queries: Any
) -> None:
    for n in range(12):
        make_agent(name=f"Agent {n}")

    with django_assert_num_queries(3):  # the key, the agents, their last calls
        assert len(ask.get("/convai/agents?page_size=10").json()["agents"]) == 10


@pytest.mark.django_db(transaction=True)
def test_updates_at_the_same_time_lose_nothing(ask: Caller, agent: Agent) -> None:
    start = threading.Barrier(2)
    trouble: list[Any] = []

    def update(name: str) -> None:
        start.wait()
        for n in range(8):
            answer = ask.patch(
                f"/convai/agents/{agent.pk}",
                {"conversation_config": {"agent": {f"{name}_{n}": n}}},
            )
            if answer.status_code != 200:
                trouble.append(answer.content)
        connection.close()

    threads = [threading.Thread(target=update, args=(name,)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert trouble == []
    told = ask.get(f"/convai/agents/{agent.pk}").json()["conversation_config"]["agent"]
    assert {
        f"{name}_{n}": n for name in ("left", "right") for n in range(8)
    }.items() <= told.items()
    numbers = list(agent.versions.values_list("number", flat=True))
    assert numbers == list(range(17, 0, -1))


@pytest.mark.parametrize("kind", ["", "application/json", "application/octet-stream"])
def test_a_copy_needs_no_body(ask: Caller, agent: Agent, kind: str) -> None:
    answer = ask("POST", f"/convai/agents/{agent.pk}/duplicate", b"", content_type=kind)

    assert answer.status_code == 200
    assert answer.json()["agent_id"] != agent.pk
