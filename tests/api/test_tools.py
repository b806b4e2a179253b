"""Shared tools by REST: both dialects in, the REST form out, and who uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from dashboard.agents.models import Agent, AgentVersion, Need, Needed, Tool
from dashboard.conversations.models import Conversation, ToolRun
from dashboard.workspaces import vault
from dashboard.workspaces.models import Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles
TOOLS = "/convai/tools"
FOLDER = Path(__file__).parent.parent / "tools"
NAMES = sorted(path.name.removesuffix(".list.json") for path in FOLDER.glob("*.list.json"))


def webhook(name: str = "order", secret_id: str = "", **api: Any) -> dict[str, Any]:
    headers = {"Authorization": {"secret_id": secret_id}} if secret_id else {}
    schema = {"url": "https://shop.example/orders", "request_headers": headers, **api}
    return {"type": "webhook", "name": name, "description": "Finds.", "api_schema": schema}


def made(ask: Caller, config: Any = None, **more: Any) -> dict[str, Any]:
    answer = ask.post(TOOLS, {"tool_config": config or webhook(), **more})
    assert answer.status_code == 200, answer.content
    tool: dict[str, Any] = answer.json()
    return tool


def using(make_agent: Callable[..., Agent], *tool_ids: str) -> Agent:
    """An agent that names these tools, and the rows that say so."""
    prompt = {"prompt": {"tool_ids": list(tool_ids)}}
    agent = make_agent(name="Barista", conversation_config={"agent": prompt})
    for tool_id in tool_ids:
        Need.objects.get_or_create(
            workspace=agent.workspace, agent=agent, kind=Needed.TOOL, named_id=tool_id
        )
    return agent


@pytest.mark.parametrize("name", NAMES)
def test_a_published_tool_is_answered_in_the_rest_form(ask: Caller, name: str) -> None:
    sent = json.loads((FOLDER / f"{name}.list.json").read_text())
    wanted = json.loads((FOLDER / f"{name}.rest.json").read_text())

    tool = made(ask, sent)

    assert ask.get(f"{TOOLS}/{tool['id']}").json() == tool
    assert contains(tool["tool_config"], wanted)
    assert tool["tool_config"]["tool_error_handling_mode"] == "auto"
    assert tool["usage_stats"] == {"total_calls": 0, "avg_latency_secs": 0}
    assert [one["secret_id"] for one in tool["unresolved"]] == ["YOUR SECRET"]


def contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(contains(whole.get(k), v) for k, v in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return bool(whole == part)


def test_a_tool_that_is_read_and_sent_back_is_the_same(ask: Caller) -> None:
    tool = made(ask, json.loads((FOLDER / "create_ticket.list.json").read_text()))

    again = ask.patch(f"{TOOLS}/{tool['id']}", {"tool_config": tool["tool_config"]}).json()

    assert again == tool


def test_unknown_fields_are_kept(ask: Caller) -> None:
    tool = made(ask, {**webhook(), "colour": "red"})

    assert tool["tool_config"]["colour"] == "red"


def test_a_secret_of_the_workspace_is_resolved(ask: Caller, workspace: Workspace) -> None:
    secret = vault.keep(workspace, "Shop", "Bearer k")

    tool = made(ask, webhook(secret_id=secret.pk))

    assert tool["unresolved"] == []
    assert Need.objects.get(tool_id=tool["id"]).named_id == secret.pk


def test_another_workspaces_secret_is_unresolved(ask: Caller, cleo_asks: Caller, cleo: Any) -> None:
    secret = vault.keep(cleo.memberships.get().workspace, "Hers", "Bearer k")

    tool = made(ask, webhook(secret_id=secret.pk))

    assert tool["unresolved"][0]["secret_id"] == secret.pk


BAD: list[tuple[Any, list[Any]]] = [
    ({**webhook(), "name": "two words"}, ["name"]),
    ({**webhook(), "type": "magic"}, ["type"]),
    ({"name": "x", "description": ""}, ["type"]),
    ({**webhook(), "response_timeout_secs": 1000}, ["response_timeout_secs"]),
    ({"type": "webhook", "name": "a", "description": "b"}, ["api_schema"]),
    (webhook(url=""), ["api_schema", "url"]),
    (webhook(url="ftp://shop.example"), ["api_schema", "url"]),
    (webhook(method="TRACE"), ["api_schema", "method"]),
    (webhook(request_headers={"X:": "a"}), ["api_schema", "request_headers", "X:"]),
    (webhook(request_headers={"X": "a\nb"}), ["api_schema", "request_headers", "X"]),
    (webhook(request_headers={"X": {"y": 1}}), ["api_schema", "request_headers", "X"]),
    (webhook(path_params_schema=["x"]), ["api_schema", "path_params_schema", 0]),
    (
        webhook(
            query_params_schema={
                "properties": {
                    "a": {"type": "string", "constant_value": "b", "dynamic_variable": "c"}
                }
            }
        ),
        ["api_schema", "query_params_schema", "properties", "a"],
    ),
    ({**webhook(), "note": "x" * 600_000}, []),
]


@pytest.mark.parametrize(("config", "place"), BAD)
def test_a_tool_that_breaks_the_contract_is_refused_by_place(
    ask: Caller, config: Any, place: list[Any]
) -> None:
    answer = ask.post(TOOLS, {"tool_config": config})

    assert answer.status_code == 422, answer.content
    assert answer.json()["detail"][0]["loc"] == ["body", "tool_config", *place]


def test_a_mock_without_a_result_is_refused(ask: Caller) -> None:
    mocks = [{"parameter_conditions": []}]

    answer = ask.post(TOOLS, {"tool_config": webhook(), "response_mocks": mocks})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "response_mocks", 0, "mock_result"]


def test_mocks_stay_until_they_are_replaced(ask: Caller) -> None:
    mock = {
        "parameter_conditions": [{"path": "id", "eval": {"type": "anything"}}],
        "mock_result": "sent",
    }
    tool = made(ask, response_mocks=[mock])

    kept = ask.patch(f"{TOOLS}/{tool['id']}", {"tool_config": webhook("other")}).json()
    gone = ask.patch(f"{TOOLS}/{tool['id']}", {"response_mocks": None}).json()

    assert kept["response_mocks"] == [{**mock, "is_error": False}]
    assert (kept["tool_config"]["name"], gone["response_mocks"]) == ("other", [])


def test_a_built_in_tool_knows_which_one_it_is(ask: Caller) -> None:
    tool = made(ask, {"type": "system", "name": "end_call", "description": ""})

    assert tool["tool_config"]["params"]["system_tool_type"] == "end_call"


def test_the_list_is_searched_sorted_and_paged(ask: Caller) -> None:
    for name in ("pear", "apple", "plum"):
        made(ask, webhook(name))
    made(ask, {"type": "client", "name": "peach", "description": "Goes."})

    def names(query: str) -> list[str]:
        return [t["tool_config"]["name"] for t in ask.get(f"{TOOLS}?{query}").json()["tools"]]

    first = ask.get(f"{TOOLS}?sort_by=name&sort_direction=asc&page_size=3").json()
    rest = names(f"sort_by=name&sort_direction=asc&page_size=3&cursor={first['next_cursor']}")

    assert [t["tool_config"]["name"] for t in first["tools"]] == ["apple", "peach", "pear"]
    assert (first["has_more"], rest) == (True, ["plum"])
    assert names("search=PEA") == ["peach", "pear"]
    assert names("types=client") == ["peach"]
    assert names("types=client&types=webhook&sort_by=name")[0] == "plum"
    assert len(names("show_only_owned_documents=true")) == 4
    assert names("created_by_user_id=user_nobody") == []


def test_the_list_asks_the_same_questions_for_one_and_for_many(
    ask: Caller, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        made(ask, webhook(f"t{number}", "secret_x"))

    with django_assert_max_num_queries(8):
        assert len(ask.get(TOOLS).json()["tools"]) == 12


def test_a_tool_in_use_is_not_deleted_by_accident(
    ask: Caller, make_agent: Callable[..., Agent]
) -> None:
    tool = made(ask)
    using(make_agent, tool["id"], "tool_other")

    answer = ask.delete(f"{TOOLS}/{tool['id']}")

    assert (answer.status_code, answer.json()["detail"]["status"]) == (400, "tool_in_use")
    assert "1 agent" in answer.json()["detail"]["message"]
    assert Tool.objects.filter(pk=tool["id"]).exists()


def test_by_force_the_agents_lose_it_by_a_new_version(
    ask: Caller, make_agent: Callable[..., Agent]
) -> None:
    tool = made(ask)
    agent = using(make_agent, tool["id"], "tool_other")

    answer = ask.delete(f"{TOOLS}/{tool['id']}?force=true")

    assert answer.status_code == 204
    assert ask.get(f"{TOOLS}/{tool['id']}").status_code == 404
    versions = AgentVersion.objects.filter(agent=agent).order_by("number")
    told = [version.part("agent", "prompt", "tool_ids") for version in versions]
    assert told == [[tool["id"], "tool_other"], ["tool_other"]]


def test_the_agents_that_use_a_tool_are_listed(
    ask: Caller, make_agent: Callable[..., Agent]
) -> None:
    tool = made(ask)
    agents = [using(make_agent, tool["id"]) for _ in range(3)]
    make_agent(name="Without")
    path = f"{TOOLS}/{tool['id']}/dependent-agents"

    first = ask.get(f"{path}?page_size=2").json()
    rest = ask.get(f"{path}?page_size=2&cursor={first['next_cursor']}").json()

    shown = [agent["id"] for agent in first["agents"] + rest["agents"]]
    assert shown == [agent.pk for agent in reversed(agents)]
    assert first["agents"][0]["type"] == "available"
    assert (first["has_more"], rest["has_more"], rest["branches"]) == (True, False, [])
    assert ask.get(f"{TOOLS}?used_by_agent_id={agents[0].pk}").json()["tools"][0] == tool


def test_calls_are_counted_and_listed(ask: Caller, talk: Conversation) -> None:
    tool = made(ask)
    for number, fails in enumerate((False, True)):
        ToolRun.objects.create(
            workspace=talk.workspace,
            conversation=talk,
            agent_id=talk.agent_id,
            tool_id=tool["id"],
            tool_name="order",
            kind="webhook",
            request_id=f"order_{number}",
            at=timezone.now(),
            seconds=number + 1,
            is_error=fails,
            response_payload="no" if fails else "yes",
        )
    path = f"{TOOLS}/{tool['id']}"

    runs = ask.get(f"{path}/executions").json()
    failed = ask.get(f"{path}/executions?is_error=true").json()["executions"]

    assert ask.get(path).json()["usage_stats"] == {"total_calls": 2, "avg_latency_secs": 1.5}
    assert [run["tool_request_id"] for run in runs["executions"]] == ["order_1", "order_0"]
    assert (failed[0]["error_message"], len(failed)) == ("no", 1)
    later = ask.get(f"{path}/executions?start_time={timezone.now().timestamp() + 60}").json()
    other = ask.get(f"{path}/executions?agent_id=agent_other").json()
    assert later["executions"] == other["executions"] == []


def test_cleo_finds_none_of_it(ask: Caller, cleo_asks: Caller) -> None:
    path = f"{TOOLS}/{made(ask)['id']}"

    answers = [
        cleo_asks.get(path),
        cleo_asks.get(f"{path}/dependent-agents"),
        cleo_asks.get(f"{path}/executions"),
        cleo_asks.patch(path, {"tool_config": webhook("hers")}),
        cleo_asks.delete(f"{path}?force=true"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert answers[0].json()["detail"]["status"] == "tool_not_found"
    assert cleo_asks.get(TOOLS).json()["tools"] == []
    assert ask.get(path).json()["tool_config"]["name"] == "order"


def test_every_change_is_in_the_audit_log(ask: Caller, workspace: Workspace) -> None:
    tool = made(ask, webhook(request_headers={"X-Key": "sk_visible"}))
    ask.patch(f"{TOOLS}/{tool['id']}", {"tool_config": webhook("renamed")})
    ask.delete(f"{TOOLS}/{tool['id']}")

    entries = list(workspace.audit.filter(thing_id=tool["id"]).order_by("pk"))

    assert [e.action for e in entries] == ["tool.created", "tool.changed", "tool.deleted"]
    assert "sk_visible" not in json.dumps([entry.changes for entry in entries])
