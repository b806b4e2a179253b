"""Agents over REST beside the plain ones: versions, copies, links, lines, lists at size."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent, AgentVersion
from dashboard.conversations import signing
from dashboard.conversations.models import Conversation
from dashboard.workspaces.models import User, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles


def made(ask: Caller, **body: Any) -> str:
    response = ask.post("/convai/agents/create", {"conversation_config": {}} | body)
    assert response.status_code == 200, response.content
    return str(response.json()["agent_id"])


def test_what_get_answers_can_be_sent_back(ask: Caller, agent: Agent) -> None:
    path = f"/convai/agents/{agent.pk}"
    before = ask.get(path).json()

    answer = ask.patch(path, before)

    assert answer.status_code == 200
    assert answer.json() == before
    assert agent.versions.count() == 1


def test_unknown_fields_at_the_top_come_back_after_a_change_too(ask: Caller) -> None:
    agent_id = made(ask, from_next_year={"a": [1, None]})
    path = f"/convai/agents/{agent_id}?enable_versioning_if_not_enabled=true"

    told = ask.patch(path, {"another": {"b": 0}, "metadata": {"x": 1}, "agent_id": "mine"}).json()

    assert told["from_next_year"] == {"a": [1, None]}
    assert told["another"] == {"b": 0}
    assert told["agent_id"] == agent_id
    assert set(told["metadata"]) == {"created_at_unix_secs", "updated_at_unix_secs"}
    assert ask.get(path).json() == told
    gone = ask.patch(path, {"another": None}).json()
    assert "another" not in gone


def test_unknown_fields_of_a_workflow_come_back(ask: Caller) -> None:
    start = {"type": "start", "position": {"x": 1, "y": 2}, "later": {"a": 1}}
    workflow = {"nodes": {"s": start}, "edges": {}, "layout": "wide"}

    told = ask.get(f"/convai/agents/{made(ask, workflow=workflow)}").json()["workflow"]

    assert told == {
        "nodes": {"s": start | {"edge_order": []}},
        "edges": {},
        "layout": "wide",
        "prevent_subagent_loops": False,
    }


@pytest.mark.parametrize(
    ("part", "change", "place"),
    [
        ("conversation_config", {"turn": {"mode": "loud"}}, ["turn", "mode"]),
        (
            "conversation_config",
            {"agent": {"prompt": {"backup_llm_config": {"preference": "override"}}}},
            ["agent", "prompt", "backup_llm_config", "override", "order"],
        ),
        (
            "conversation_config",
            {"turn": {"soft_timeout_config": {"message": ""}}},
            ["turn", "soft_timeout_config", "message"],
        ),
        (
            "platform_settings",
            {"guardrails": {"focus": {"is_enabled": []}}},
            ["guardrails", "focus", "is_enabled"],
        ),
        ("platform_settings", {"widget": {"styles": {"base": 1}}}, ["widget", "styles", "base"]),
        ("workflow", {"edges": {"e": {"source": "a"}}}, ["edges", "e", "target"]),
        ("procedures", [], []),
    ],
)
def test_a_wrong_value_is_named_by_its_path(
    ask: Caller, agent: Agent, part: str, change: Any, place: list[str]
) -> None:
    answer = ask.patch(f"/convai/agents/{agent.pk}", {part: change})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", part, *place]


def test_a_tool_in_the_list_form_is_kept_in_the_rest_form(ask: Caller) -> None:
    query = [{"id": "city", "type": "string", "value_type": "llm_prompt", "description": "Where"}]
    api = {"url": "https://x.example", "query_params_schema": query}
    tool = {"type": "webhook", "name": "look", "description": "", "api_schema": api}

    told = ask.get(
        "/convai/agents/" + made(ask, conversation_config={"agent": {"prompt": {"tools": [tool]}}})
    ).json()

    schema = told["conversation_config"]["agent"]["prompt"]["tools"][0]["api_schema"]
    assert schema["query_params_schema"]["properties"]["city"]["description"] == "Where"


def test_an_older_version_can_be_read(ask: Caller, cleo_asks: Caller, agent: Agent) -> None:
    path = f"/convai/agents/{agent.pk}"
    first = ask.get(path).json()
    change = {"platform_settings": {"call_limits": {"daily_limit": 3}}, "version_description": "3"}
    second = ask.patch(path, change).json()

    old = ask.get(f"{path}?version_id={first['version_id']}").json()

    assert old["platform_settings"]["call_limits"]["daily_limit"] == 100_000
    assert old["version_id"] == first["version_id"] != second["version_id"]
    assert old["platform_settings"] == first["platform_settings"]
    assert AgentVersion.objects.get(pk=second["version_id"]).note == "3"
    assert ask.get(f"{path}?version_id={second['version_id']}").json() == second
    assert cleo_asks.get(f"{path}?version_id={first['version_id']}").status_code == 404


def test_a_version_of_another_agent_is_none_of_this_one(
    ask: Caller, agent: Agent, make_agent: Callable[..., Agent]
) -> None:
    other = make_agent().told.pk

    for version_id in (other, "agtvrsn_none", "x" * 10_000, "%00"):
        answer = ask.get(f"/convai/agents/{agent.pk}?version_id={version_id}")
        assert answer.status_code in (404, 422)


def test_a_copy_is_a_new_agent(ask: Caller, cleo_asks: Caller, agent: Agent) -> None:
    path = f"/convai/agents/{agent.pk}/duplicate"

    copy = ask.post(path, {"name": "Second"}).json()["agent_id"]

    assert copy != agent.pk
    assert ask.get(f"/convai/agents/{copy}").json()["name"] == "Second"
    assert ask.post(path, {}).status_code == 200
    assert ask.post(path, {"name": "x" * 201}).status_code == 422
    assert cleo_asks.post(path, {}).status_code == 404
    assert Agent.objects.count() == 3


def test_a_public_agents_link_needs_no_token(ask: Caller, agent: Agent) -> None:
    answer = ask.get(f"/convai/agents/{agent.pk}/link").json()

    assert answer == {"agent_id": agent.pk, "token": None}


def test_a_private_agents_link_has_a_token_that_opens_it(
    ask: Caller, cleo_asks: Caller, agent: Agent, ada: User
) -> None:
    revising.revise(agent, {"platform_settings": {"auth": {"enable_auth": True}}}, ada)

    token = ask.get(f"/convai/agents/{agent.pk}/link").json()["token"]

    assert token["agent_id"] == agent.pk
    assert token["purpose"] == "signed_url"
    assert token["expiration_time_unix_secs"] > timezone.now().timestamp()
    allowed = signing.permission(token["conversation_token"])
    assert allowed is not None
    assert allowed.agent_id == agent.pk
    assert cleo_asks.get(f"/convai/agents/{agent.pk}/link").status_code == 404


def test_lines_come_by_id_and_failures_as_values(
    ask: Caller, cleo_asks: Caller, agent: Agent
) -> None:
    path = f"/convai/agents/summaries?agent_ids={agent.pk}&agent_ids=nobody&agent_ids=a%20b"

    told, hers = ask.get(path).json(), cleo_asks.get(path).json()

    assert told[agent.pk]["data"]["name"] == "Barista"
    for failure in (told["nobody"], told["a b"], hers[agent.pk]):
        assert (failure["status"], failure["error_code"]) == ("failure", 404)
        assert failure["error_status"] == "agent_not_found"
        assert failure["error_message"]
    assert ask.get("/convai/agents/summaries").status_code == 422
    assert ask.get(f"/convai/agents/summaries?agent_ids={'x' * 10_000}").status_code == 422


def test_a_deleted_agent_takes_its_force_and_goes_once(ask: Caller, agent: Agent) -> None:
    path = f"/convai/agents/{agent.pk}?force=true"

    assert [ask.delete(path).status_code for _ in range(2)] == [204, 404]


def test_my_agents_are_those_that_the_keys_maker_made(
    ask: Caller, make_agent: Callable[..., Agent], ben: User, workspace: Workspace
) -> None:
    mine = make_agent()
    revising.create(workspace, ben)

    for query in ("created_by_user_id=@me", "show_only_owned_agents=true"):
        agents = ask.get(f"/convai/agents?{query}").json()["agents"]
        assert [one["agent_id"] for one in agents] == [mine.pk]
    assert ask.get("/convai/agents?created_by_user_id=%20x").json()["agents"] == []


def test_the_voice_of_a_line_follows_the_agent(ask: Caller, agent: Agent) -> None:
    ask.patch(f"/convai/agents/{agent.pk}", {"conversation_config": {"tts": {"voice_id": "v9"}}})

    assert ask.get("/convai/agents").json()["agents"][0]["voice_id"] == "v9"


@pytest.mark.parametrize("order", ["created_at", "name", "call_count_7d"])
def test_lists_read_no_documents_however_many_agents_and_calls(
    ask: Caller, workspace: Workspace, agent: Agent, order: str, django_assert_num_queries: Any
) -> None:
    some = [Agent(workspace=workspace, name=f"A {n}", version=agent.told) for n in range(300)]
    Agent.objects.bulk_create(some)
    hour = timedelta(hours=1)
    Conversation.objects.bulk_create(
        Conversation(
            workspace=workspace,
            agent=some[n % 7],
            version=agent.told,
            started_at=timezone.now() - hour * (n % 200),
        )
        for n in range(700)
    )

    assert ask.get(f"/convai/agents?sort_by={order}&tags=none").json()["agents"] == []
    with django_assert_num_queries(3) as asked:  # the key, the agents, their last calls
        page = ask.get(f"/convai/agents?page_size=50&sort_by={order}").json()

    assert len(page["agents"]) == 50
    assert not any("conversation_config" in query["sql"] for query in asked.captured_queries)
    if order == "call_count_7d":
        top = {one["agent_id"] for one in page["agents"][:7]}
        assert top == {one.pk for one in some[:7]}


@override_settings(PUBLIC_URL="https://parley.example")
def test_an_avatar_is_put_up_and_read_by_every_page(
    ask: Caller, cleo_asks: Caller, stranger: Caller, agent: Agent
) -> None:
    content = b"\x89PNG\r\n\x1a\nface"
    answer = _put_up(ask, agent.pk, content)

    url = answer.json()["avatar_url"]
    assert url.startswith(f"https://parley.example/v1/convai/agents/{agent.pk}/avatar/pic_")
    shown = stranger.get(url.removeprefix("https://parley.example/v1"))
    assert (shown.status_code, shown.content) == (200, content)
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Access-Control-Allow-Origin"] == "*"
    assert "immutable" in shown.headers["Cache-Control"]
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'"
    told = ask.get(f"/convai/agents/{agent.pk}").json()
    assert told["platform_settings"]["widget"]["avatar"] == {"type": "image", "url": url}
    config = stranger.get(f"/convai/agents/{agent.pk}/widget").json()["widget_config"]
    assert config["avatar"] == {"type": "image", "url": url}
    assert _put_up(cleo_asks, agent.pk, content).status_code == 404
    assert agent.versions.count() == 2
    ask.delete(f"/convai/agents/{agent.pk}")
    assert stranger.get(url.removeprefix("https://parley.example/v1")).status_code == 404


def test_an_avatar_that_is_no_picture_or_too_large_is_refused(ask: Caller, agent: Agent) -> None:
    svg = _put_up(ask, agent.pk, b"<svg onload='alert(1)'/>")
    large = _put_up(ask, agent.pk, b"\x89PNG\r\n\x1a\n" + b"0" * 2 * 1024 * 1024)
    none = _put_up(ask, agent.pk, b"GIF89a", part="file")

    assert (svg.status_code, svg.json()["detail"][0]["loc"]) == (422, ["body", "avatar_file"])
    assert (large.status_code, large.json()["detail"]["param"]) == (413, "avatar_file")
    assert (none.status_code, none.json()["detail"][0]["loc"][-1]) == (422, "avatar_file")
    assert ask.post(f"/convai/agents/{agent.pk}/avatar", {"avatar_file": "x"}).status_code == 415
    assert not agent.pictures.exists()


def _put_up(ask: Caller, agent_id: str, content: bytes, part: str = "avatar_file") -> Any:
    body = (
        (
            f'--b\r\nContent-Disposition: form-data; name="{part}"; filename="a.png"\r\n'
            "Content-Type: text/html\r\n\r\n"
        ).encode()
        + content
        + b"\r\n--b--\r\n"
    )
    path = f"/convai/agents/{agent_id}/avatar"
    return ask.post(path, body, content_type="multipart/form-data; boundary=b")
