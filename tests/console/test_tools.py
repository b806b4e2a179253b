"""The pages of shared tools: pasted documents, the form, errors beside fields, and agents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.agents import tools
from dashboard.agents.models import Agent, Tool
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace

FOLDER = Path(__file__).parent.parent / "tools"
NEW = "/tools/new/"
TYPED = {
    "type": "webhook",
    "name": "order",
    "description": "Finds an order.",
    "method": "GET",
    "url": "https://shop.example/orders/{id}",
    "timeout": "20",
    "header_name": ["Accept", ""],
    "header_source": ["value", "value"],
    "header_text": ["text/plain", ""],
    "base": '{"type": "webhook"}',
    "document": "",
    "do": "save",
}


@pytest.fixture
def tool(workspace: Workspace, ada: User) -> Tool:
    document = json.loads((FOLDER / "create_ticket.list.json").read_text())
    return tools.create(workspace, ada, document)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def as_shown(tool: Tool, **typed: Any) -> dict[str, Any]:
    """What the tool's form sends when nothing is changed but `typed`."""
    api = tool.config["api_schema"]
    sources = {str: "value", dict: "secret:YOUR SECRET"}
    headers = api["request_headers"]
    return {
        "type": tool.kind,
        "name": tool.name,
        "description": tool.config["description"],
        "method": api["method"],
        "url": api["url"],
        "timeout": "20",
        "header_name": list(headers),
        "header_source": [sources[type(value)] for value in headers.values()],
        "header_text": [v if isinstance(v, str) else "" for v in headers.values()],
        "base": json.dumps(tool.config),
        "document": json.dumps(tool.config),
        "seen": tool.updated_at.isoformat(),
        "do": "save",
        **typed,
    }


def test_an_empty_list_says_what_to_do(adas: Client, viewers: Client) -> None:
    assert "Your tools will be here" in page(adas, "/tools/")
    assert "Ask Ada Larsen" in page(viewers, "/tools/")


def test_the_list_shows_what_is_missing(adas: Client, tool: Tool) -> None:
    shown = page(adas, "/tools/")

    assert "create_ticket" in shown
    assert "Needs a secret" in shown


def test_a_form_makes_a_tool(adas: Client, workspace: Workspace) -> None:
    response = adas.post(NEW, TYPED)

    made = workspace.tools.get()
    assert response.headers["Location"] == reverse("tool", args=[made.pk])
    assert made.config["api_schema"] == {
        "url": "https://shop.example/orders/{id}",
        "request_headers": {"Accept": "text/plain"},
    }


@pytest.mark.parametrize("name", ["zendesk_open_ticket", "get_call_content"])
def test_a_pasted_document_fills_the_form(adas: Client, workspace: Workspace, name: str) -> None:
    text = (FOLDER / f"{name}.list.json").read_text()
    blank = {"type": "webhook", "base": '{"type":"webhook"}', "timeout": "20", "method": "GET"}

    filled = adas.post(NEW, {**blank, "document": text, "do": "fill"}).content.decode()
    adas.post(NEW, {**blank, "document": text, "do": "save"})

    assert f'value="{name}"' in filled
    assert "Nothing is saved yet" in filled
    assert "YOUR SECRET" in filled
    assert "add the secret" in filled
    wanted = json.loads((FOLDER / f"{name}.rest.json").read_text())
    assert workspace.tools.get().config == wanted


def test_what_is_typed_is_laid_over_what_is_pasted(adas: Client, tool: Tool) -> None:
    pasted = {**tool.config, "description": "Pasted.", "tool_error_handling_mode": "hide"}

    adas.post(
        f"/tools/{tool.pk}/", as_shown(tool, url="https://new.example", document=json.dumps(pasted))
    )

    tool.refresh_from_db()
    assert tool.config["api_schema"]["url"] == "https://new.example"
    assert tool.config["description"] == "Pasted."
    assert tool.config["tool_error_handling_mode"] == "hide"
    assert (
        tool.config["api_schema"]["request_body_schema"]
        == (pasted["api_schema"]["request_body_schema"])
    )


def test_a_secret_is_chosen_for_a_header(adas: Client, tool: Tool, workspace: Workspace) -> None:
    secret = vault.keep(workspace, "HubSpot", "Bearer pat-1")
    sources = [f"secret:{secret.pk}", "value"]

    adas.post(f"/tools/{tool.pk}/", as_shown(tool, header_source=sources))

    shown = page(adas, f"/tools/{tool.pk}/")
    assert "Calls fail until" not in shown
    assert "secret: HubSpot" in shown
    assert "pat-1" not in shown


BAD = [
    ({"name": "two words"}, "without spaces"),
    ({"url": "shop.example"}, "Start with https://"),
    ({"timeout": "soon"}, "Write whole seconds"),
    ({"header_name": ["A:"], "header_source": ["value"], "header_text": ["b"]}, "A:: This is not"),
    ({"document": "{not json"}, "This is not JSON: line 1"),
    ({"document": "[1]"}, "described by an object"),
    ({"document": '{"api_schema": {"path_params_schema": [1]}}'}, "path_params_schema.0"),
    ({"document": '{"type": "magic"}'}, "type: Input should be one of"),
    ({"document": "[" * 100_000}, "nested too deeply"),
    (
        {"header_name": ["A"], "header_source": ["kept"], "header_text": ["[" * 100_000]},
        "nested too deeply",
    ),
    (
        {"header_name": ["A"], "header_source": ["kept"], "header_text": ['"\\ud800"']},
        "half of a character",
    ),
    (
        {"header_name": ["A"], "header_source": ["kept"], "header_text": ["{not"]},
        "This is not JSON",
    ),
    ({"document": '{"name": "\\ud800"}'}, "half of a character"),
    ({"document": '{"api_schema": {"request_headers": {"\\udfff": "x"}}}'}, "half of a character"),
    ({"document": '{"description": "\\u0000"}'}, "half of a character"),
    ({"document": "[" * 65 + "]" * 65}, "nested too deeply"),
    ({"name": "a\0b"}, "half of a character"),
]


@pytest.mark.parametrize(("typed", "why"), BAD)
def test_an_error_stands_beside_its_field_and_nothing_typed_is_lost(
    adas: Client, workspace: Workspace, typed: dict[str, Any], why: str
) -> None:
    response = adas.post(NEW, {**TYPED, "description": "Typed here.", **typed})

    shown = response.content.decode()
    assert response.status_code == 422
    assert why in shown
    assert "Typed here." in shown
    assert not workspace.tools.exists()


def test_a_tool_that_was_saved_meanwhile_is_not_overwritten_unseen(
    adas: Client, tool: Tool
) -> None:
    stale = as_shown(tool, description="Mine.", seen="2020-01-01T00:00:00+00:00")

    response = adas.post(f"/tools/{tool.pk}/", stale)

    tool.refresh_from_db()
    assert response.status_code == 409
    assert "Somebody saved this tool" in response.content.decode()
    assert tool.config["description"] != "Mine."


def test_an_agent_gets_a_tool_and_loses_it(adas: Client, tool: Tool, agent: Agent) -> None:
    adas.post(f"/agents/{agent.pk}/tools/", {"tool": tool.pk})
    card = page(adas, f"/agents/{agent.pk}/tools/")
    page_of_tool = page(adas, f"/tools/{tool.pk}/")
    adas.post(f"/agents/{agent.pk}/tools/remove/", {"tool": tool.pk})

    assert f'href="/tools/{tool.pk}/"' in card
    assert "Used by 1 agent" in page_of_tool
    agent.refresh_from_db()
    assert agent.told.part("agent", "prompt", "tool_ids") == []
    assert agent.told.number == 3


def test_deleting_a_tool_takes_it_from_its_agents(adas: Client, tool: Tool, agent: Agent) -> None:
    adas.post(f"/agents/{agent.pk}/tools/", {"tool": tool.pk})

    refused = adas.post(f"/tools/{tool.pk}/delete/", follow=True)
    adas.post(f"/tools/{tool.pk}/delete/", {"force": "on"})

    assert "Not deleted" in refused.content.decode()
    agent.refresh_from_db()
    assert not Tool.objects.exists()
    assert agent.told.part("agent", "prompt", "tool_ids") == []


def test_a_viewer_reads_and_changes_nothing(viewers: Client, tool: Tool, agent: Agent) -> None:
    assert "create_ticket" in page(viewers, f"/tools/{tool.pk}/")
    answers = [
        viewers.get(NEW),
        viewers.post(f"/tools/{tool.pk}/", as_shown(tool, description="Mine.")),
        viewers.post(f"/tools/{tool.pk}/delete/"),
        viewers.post(f"/agents/{agent.pk}/tools/", {"tool": tool.pk}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


def test_cleo_finds_none_of_it(cleos: Client, tool: Tool, agent: Agent) -> None:
    answers = [
        cleos.get(f"/tools/{tool.pk}/"),
        cleos.post(f"/tools/{tool.pk}/", as_shown(tool)),
        cleos.post(f"/tools/{tool.pk}/delete/", {"force": "on"}),
        cleos.post(f"/agents/{agent.pk}/tools/", {"tool": tool.pk}),
        cleos.post(f"/agents/{agent.pk}/tools/remove/", {"tool": tool.pk}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert "create_ticket" not in page(cleos, "/tools/")
