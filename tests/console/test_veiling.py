"""What a viewer may read: the names of what is sent, and never what lets somebody in."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.agents import tools
from dashboard.agents.models import Agent, Tool
from dashboard.agents.revising import revise
from dashboard.webhooks import endpoints
from dashboard.workspaces.models import Workspace

pytestmark = pytest.mark.both_profiles

HUSH = "hush-1234"
SHOP = f"https://ada:{HUSH}@shop.example/orders/{{id}}?limit=5&api_key={HUSH}"
CONFIG = {
    "type": "webhook",
    "name": "order",
    "description": "Finds an order.",
    "api_schema": {
        "url": SHOP,
        "request_headers": {
            "Authorization": f"Bearer {HUSH}",
            "X-Desk": HUSH,
            "X-Shop": {"secret_id": "sec_named"},
            "X-Page": {"variable_name": "page"},
        },
        "query_params_schema": {
            "properties": {"token": {"type": "string", "constant_value": HUSH}}
        },
    },
}


@pytest.fixture
def tool(workspace: Workspace) -> Tool:
    return tools.create(workspace, None, CONFIG)


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_viewer_reads_a_tool_without_its_credentials(viewers: Client, tool: Tool) -> None:
    shown = page(viewers, f"/tools/{tool.pk}/")

    assert HUSH not in shown
    assert "••••" in shown
    for name in ("Authorization", "X-Desk", "sec_named", "shop.example/orders", "limit=5"):
        assert name in shown


def test_who_may_edit_reads_a_tool_as_it_is(bens: Client, tool: Tool) -> None:
    shown = page(bens, f"/tools/{tool.pk}/")

    assert f"Bearer {HUSH}" in shown
    assert "••••" not in shown


def test_a_viewer_reads_webhook_addresses_without_keys(
    viewers: Client, bens: Client, workspace: Workspace
) -> None:
    url = f"https://desk.example/hook?shop=5&token={HUSH}"
    row = endpoints.add(workspace, None, "Desk", url)[0]

    for path in ("/settings/webhooks/", f"/settings/webhooks/{row.pk}/"):
        assert HUSH not in page(viewers, path)
        assert "desk.example/hook?shop=5" in page(viewers, path)
        assert HUSH in page(bens, path)


def test_a_viewer_reads_no_header_of_an_agents_own_tools(viewers: Client, agent: Agent) -> None:
    model = {
        "url": f"https://models.example/v1?key={HUSH}",
        "model_id": "x",
        "request_headers": {"X-Desk": HUSH},
    }
    prompt = {"llm": "custom-llm", "custom_llm": model, "tools": [CONFIG]}
    revise(agent, {"conversation_config": {"agent": {"prompt": prompt}}}, None)

    for tab in ("", "tools/", "versions/", "versions/2/", "knowledge/"):
        assert HUSH not in page(viewers, f"/agents/{agent.pk}/{tab}")


def test_a_refused_webhook_gives_names_back_and_no_values(bens: Client) -> None:
    sent = {"name": "", "url": "https://desk.example/hook", "headers": f"X-Key: {HUSH}\n{HUSH}"}

    answer = bens.post("/settings/webhooks/", sent)

    shown = answer.content.decode()
    assert answer.status_code == 422
    assert HUSH not in shown
    assert "X-Key: </textarea>" in shown
    assert "Type them anew" in shown


@pytest.mark.parametrize("path", ["/settings/webhooks/", "/settings/models/"])
@pytest.mark.parametrize(
    "url",
    [
        f"https://ada:{HUSH}@models.example/v1",
        f"https://{HUSH}@models.example/v1",
        f"https://ada:a/b#{HUSH}@models.example/v1",
        f"ada:{HUSH}@models.example/v1",
    ],
)
def test_a_refused_address_comes_back_without_its_login(bens: Client, path: str, url: str) -> None:
    sent = {"name": "", "kind": "openai", "model": "", "url": url}

    answer = bens.post(path, sent)

    assert answer.status_code == 422
    assert HUSH not in answer.content.decode()
    assert "models.example/v1" in answer.content.decode()
