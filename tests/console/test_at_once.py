"""Many who press Save at the same moment: one is saved, the others read that they came second."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from dashboard.agents import tools
from dashboard.agents.models import Agent
from dashboard.agents.revising import revise
from dashboard.knowledge import keeping
from dashboard.knowledge.sources import from_text
from dashboard.workspaces.models import AuditEntry, User, Workspace

from .conftest import signed_in

pytestmark = [pytest.mark.both_profiles, pytest.mark.django_db(transaction=True)]

MANY = 6
CONFIG = {
    "type": "webhook",
    "name": "order",
    "description": "Finds an order.",
    "api_schema": {"url": "https://shop.example/orders"},
}


def at_once(user: User, deed: Callable[[Client, int], Any]) -> list[int]:
    """The status codes of so many requests that begin together, sorted."""
    start, found = threading.Barrier(MANY), []
    clients = [signed_in(user) for _ in range(MANY)]

    def press(number: int) -> None:
        start.wait()
        found.append(deed(clients[number], number).status_code)
        connection.close()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_one_of_many_saves_of_an_agent_goes_through(ada: User, agent: Agent) -> None:
    def save(client: Client, number: int) -> Any:
        typed = {"version": 1, "name": "Harbour Helper", "prompt": f"Be {number}."}
        return client.post(f"/agents/{agent.pk}/", typed)

    statuses = at_once(ada, save)

    assert statuses == [302] + [409] * (MANY - 1)
    assert agent.versions.count() == 2


def test_one_of_many_saves_of_a_tool_goes_through(ada: User, workspace: Workspace) -> None:
    tool = tools.create(workspace, ada, CONFIG)
    seen = tool.updated_at.isoformat()

    def save(client: Client, number: int) -> Any:
        document = {**CONFIG, "description": f"Number {number}."}
        typed = {"seen": seen, "base": "{}", "document": json.dumps(document), "do": "save"}
        shown = {"name": "", "method": "GET", "url": "", "timeout": "20", "type": "webhook"}
        return client.post(f"/tools/{tool.pk}/", {**shown, **typed})

    statuses = at_once(ada, save)

    assert statuses == [302] + [409] * (MANY - 1)
    assert AuditEntry.objects.filter(action="tool.changed").count() == 1


def test_one_of_many_saves_of_a_text_goes_through(ada: User, workspace: Workspace) -> None:
    text = keeping.add(workspace, ada, from_text("Beans are roasted on Monday."))
    seen = keeping.stamp(text)

    def save(client: Client, number: int) -> Any:
        typed = {"seen": seen, "name": text.name, "content": f"Roasted on day {number}."}
        return client.post(f"/knowledge/{text.pk}/", typed)

    statuses = at_once(ada, save)

    assert statuses == [302] + [409] * (MANY - 1)
    assert AuditEntry.objects.filter(action="document.changed").count() == 1


def test_a_model_is_removed_once(ada: User, workspace: Workspace) -> None:
    row = workspace.model_backends.create(kind="openai", model="gpt-4o-mini")

    statuses = at_once(ada, lambda client, _: client.post(f"/settings/models/{row.pk}/remove/"))

    assert set(statuses) <= {302, 404}
    assert AuditEntry.objects.filter(action="model.removed").count() == 1


@pytest.mark.parametrize("version", ["", "0"])
def test_an_agents_form_without_its_version_is_not_saved(
    adas: Client, agent: Agent, version: str
) -> None:
    typed = {"version": version, "name": "Mine", "prompt": "Ada's words"}

    answer = adas.post(f"/agents/{agent.pk}/", typed)

    assert answer.status_code == 409
    assert "Ada&#x27;s words</textarea>" in answer.content.decode()
    agent.refresh_from_db()
    assert (agent.name, agent.told.number) == ("Harbour Helper", 1)


def test_who_saves_over_a_newer_text_reads_both(
    adas: Client, workspace: Workspace, ada: User
) -> None:
    text = keeping.add(workspace, ada, from_text("Roasted on Monday."))
    typed = {"seen": keeping.stamp(text), "name": "Beans", "content": "Roasted on Friday."}
    keeping.change(text, None, content="Roasted on Sunday.")

    answer = adas.post(f"/knowledge/{text.pk}/", typed)

    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody saved this document" in shown
    assert "Roasted on Friday.</textarea>" in shown
    assert "Roasted on Sunday.</textarea>" in shown
    text.refresh_from_db()
    assert text.content == "Roasted on Sunday."
    again = {**typed, "seen": keeping.stamp(text)}
    assert again["seen"] in shown
    assert adas.post(f"/knowledge/{text.pk}/", again).status_code == 302


def test_a_refused_form_still_knows_what_it_was_typed_over(
    adas: Client, workspace: Workspace, ada: User, agent: Agent
) -> None:
    text = keeping.add(workspace, ada, from_text("Roasted on Monday."))
    tool = tools.create(workspace, ada, CONFIG)
    stamp, time = keeping.stamp(text), tool.updated_at.isoformat()
    keeping.change(text, None, content="Roasted on Sunday.")
    tools.change(tool, None, {**CONFIG, "description": "New."})
    revise(agent, {"conversation_config": {"agent": {"first_message": "New."}}}, None)

    refused = [
        (adas.post(f"/knowledge/{text.pk}/", {"name": "", "content": "x", "seen": stamp}), stamp),
        (adas.post(f"/tools/{tool.pk}/", {"document": "{", "seen": time}), time),
        (adas.post(f"/agents/{agent.pk}/", {"name": "", "version": "1"}), "1"),
    ]

    for answer, seen in refused:
        assert answer.status_code == 422
        assert f'value="{seen}"' in answer.content.decode().replace("&#x2B;", "+")
