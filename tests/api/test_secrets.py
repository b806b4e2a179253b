"""Secrets by REST: kept, named, replaced, erased; the value is in no answer and in no log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.agents.models import Agent, Need, Needed
from dashboard.workspaces import vault
from dashboard.workspaces.models import AuditEntry, ModelBackend, Secret, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles
SECRETS = "/convai/secrets"
VALUE = "Bearer sk_shop_4417_value"


def made(ask: Caller, name: str = "Shop", value: str = VALUE) -> str:
    answer = ask.post(SECRETS, {"type": "new", "name": name, "value": value})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["secret_id"])


def tool(ask: Caller, secret_id: str, name: str = "order") -> str:
    api = {
        "url": "https://shop.example",
        "request_headers": {"Authorization": {"secret_id": secret_id}},
    }
    config = {"type": "webhook", "name": name, "description": "Finds.", "api_schema": api}
    return str(ask.post("/convai/tools", {"tool_config": config}).json()["id"])


def test_a_secret_is_kept_and_only_named(ask: Caller) -> None:
    answer = ask.post(SECRETS, {"type": "new", "name": "Shop", "value": f" {VALUE}\n"})

    secret = Secret.objects.get()
    assert answer.json() == {"type": "stored", "secret_id": secret.pk, "name": "Shop"}
    assert vault.reveal(secret) == VALUE


def test_the_type_may_be_left_out(ask: Caller) -> None:
    assert ask.post(SECRETS, {"name": "Shop", "value": VALUE}).status_code == 200


def test_two_secrets_may_have_one_name(ask: Caller) -> None:
    assert made(ask) != made(ask)


def test_no_answer_log_or_audit_entry_holds_the_value(
    ask: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret_id = made(ask)
    tool(ask, secret_id)
    path = f"{SECRETS}/{secret_id}"

    answers = [
        ask.get(SECRETS),
        ask.get(path),
        ask.get(f"{path}/dependencies/tools"),
        ask.patch(path, {"name": "Till", "value": VALUE + "2"}),
        ask.patch(path, {"type": VALUE, "name": [VALUE], "value": {"a": VALUE}}),
        ask.post(SECRETS, {"type": VALUE, "name": VALUE * 20, "value": f"{VALUE}\n{VALUE}"}),
        ask.delete(path),
        ask.delete(f"{path}?force=true"),
    ]

    told = b"".join(answer.content for answer in answers).decode()
    audited = json.dumps([[e.changes, e.thing_name] for e in AuditEntry.objects.all()])
    assert "sk_shop" not in told + audited + caplog.text


BAD = [
    ("", "Write the value"),
    ("x" * 10_001, "at most 10,000 bytes"),
    ("é" * 5_001, "at most 10,000 bytes"),
    ("Bearer a\r\nX-Admin: yes", "one line"),
    ("a\x1bb", "one line"),
]


@pytest.mark.parametrize(("value", "why"), BAD)
def test_a_value_that_fits_no_header_is_refused_without_a_word_of_it(
    ask: Caller, value: str, why: str
) -> None:
    answer = ask.post(SECRETS, {"name": "Shop", "value": value})

    assert answer.status_code == 422
    detail = answer.json()["detail"][0]
    assert (detail["loc"], set(detail)) == (["body", "value"], {"loc", "msg", "type"})
    assert why in detail["msg"]


def test_nul_and_odd_names_are_refused(ask: Caller) -> None:
    for name in ("", " ", "x" * 121, "a\nb"):
        assert ask.post(SECRETS, {"name": name, "value": "v"}).status_code == 422
    assert ask.post(SECRETS, {"name": "a", "value": "a\0b"}).status_code == 422


def test_a_value_is_replaced_or_only_the_name(ask: Caller, workspace: Workspace) -> None:
    secret_id = made(ask)

    ask.patch(f"{SECRETS}/{secret_id}", {"type": "update", "name": "Till", "value": "Basic b"})
    renamed = ask.patch(f"{SECRETS}/{secret_id}", {"name": "Desk"}).json()

    assert renamed == {"type": "stored", "secret_id": secret_id, "name": "Desk"}
    assert vault.reveal(Secret.objects.get()) == "Basic b"
    changed = workspace.audit.filter(action="secret.changed").order_by("pk")
    assert [c["path"] for c in changed[0].changes] == ["name", "value"]


def test_a_secret_knows_who_uses_it(ask: Caller, agent: Agent, workspace: Workspace) -> None:
    secret_id = made(ask)
    tool_id = tool(ask, secret_id)
    Need.objects.create(workspace=workspace, agent=agent, kind=Needed.SECRET, named_id=secret_id)
    ModelBackend.objects.create(workspace=workspace, kind="openai", model="m", secret_id=secret_id)

    used = ask.get(f"{SECRETS}/{secret_id}").json()["used_by"]

    assert [one["id"] for one in used["tools"]] == [tool_id]
    assert [one["name"] for one in used["agents"]] == ["Barista"]
    assert (used["others"], used["phone_numbers"]) == (["model_backend"], [])
    assert (used["tools_has_more"], used["agents_has_more"]) == (False, False)
    agents = ask.get(f"{SECRETS}/{secret_id}/dependencies/agents").json()
    assert agents == {"dependencies": used["agents"], "next_cursor": None}


def test_the_list_shows_the_first_few_uses_of_each(
    ask: Caller, django_assert_max_num_queries: Any
) -> None:
    shared = made(ask, "Shared")
    alone = made(ask, "Alone")
    tools = [tool(ask, shared, f"t{number}") for number in range(4)]

    with django_assert_max_num_queries(9):
        rows = ask.get(f"{SECRETS}?dependency_limit=2").json()["secrets"]

    assert [row["secret_id"] for row in rows] == [alone, shared]
    used = rows[1]["used_by"]
    assert (len(used["tools"]), used["tools_has_more"]) == (2, True)
    assert rows[0]["used_by"]["tools"] == []
    path = f"{SECRETS}/{shared}/dependencies/tools?page_size=3"
    first = ask.get(path).json()
    rest = ask.get(f"{path}&cursor={first['next_cursor']}").json()
    found = [one["id"] for one in first["dependencies"] + rest["dependencies"]]
    assert (found, rest["next_cursor"]) == (tools[::-1], None)


def test_all_are_listed_until_a_page_is_asked_for(ask: Caller) -> None:
    for number in range(35):
        made(ask, f"Key {number}")

    everything = ask.get(SECRETS).json()
    first = ask.get(f"{SECRETS}?page_size=30").json()
    rest = ask.get(f"{SECRETS}?page_size=30&cursor={first['next_cursor']}").json()

    assert (len(everything["secrets"]), everything["next_cursor"]) == (35, None)
    assert (len(first["secrets"]), len(rest["secrets"])) == (30, 5)
    assert len(ask.get(f"{SECRETS}?search=KEY 3").json()["secrets"]) == 6


def test_a_secret_in_use_is_not_erased_by_accident(ask: Caller) -> None:
    secret_id = made(ask)
    tool_id = tool(ask, secret_id)

    answer = ask.delete(f"{SECRETS}/{secret_id}")
    forced = ask.delete(f"{SECRETS}/{secret_id}?force=true")

    assert (answer.status_code, answer.json()["detail"]["status"]) == (400, "secret_in_use")
    assert answer.json()["detail"]["message"].startswith("1 tool uses it.")
    assert (forced.status_code, Secret.objects.count()) == (204, 0)
    unresolved = ask.get(f"/convai/tools/{tool_id}").json()["unresolved"]
    assert unresolved[0]["secret_id"] == secret_id


def test_what_a_deleted_agent_named_can_be_erased(
    ask: Caller, make_agent: Callable[..., Agent], workspace: Workspace
) -> None:
    secret_id = made(ask)
    agent = make_agent(name="Gone")
    Need.objects.create(workspace=workspace, agent=agent, kind=Needed.SECRET, named_id=secret_id)
    ask.delete(f"/convai/agents/{agent.pk}")

    assert ask.delete(f"{SECRETS}/{secret_id}").status_code == 204


def test_cleo_finds_none_of_it(ask: Caller, cleo_asks: Caller) -> None:
    path = f"{SECRETS}/{made(ask)}"

    answers = [
        cleo_asks.get(path),
        cleo_asks.get(f"{path}/dependencies/tools"),
        cleo_asks.patch(path, {"name": "Hers", "value": "hers"}),
        cleo_asks.delete(f"{path}?force=true"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert cleo_asks.get(SECRETS).json()["secrets"] == []
    assert vault.reveal(Secret.objects.get()) == VALUE
