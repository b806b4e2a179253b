"""The HubSpot agent: exactly the requests that HubSpot's API wants."""

from __future__ import annotations

from typing import Any

from dashboard.engine.turns import ToolCall
from dashboard.integrations.catalog import starting_point
from dashboard.workspaces.models import Workspace
from tests.stand_ins.service import Asked, Reply

from .acting import act, agent_from

PERSON = {"filterGroups": [{"filters": [{"value": "ada@harbour.example"}]}]}
TICKET = {
    "associations": [{"to": {"id": "201"}}],
    "properties": {"content": "The kettle leaks.", "subject": "Leaking kettle"},
}


def hubspot(asked: Asked) -> Reply:
    if asked.headers.get("authorization") != "Bearer pat-eu1-1234":
        return Reply(401, {"status": "error", "category": "INVALID_AUTHENTICATION"})
    return Reply(200, {"results": []})


def test_a_customer_is_found_and_a_ticket_is_written(workspace: Workspace, settings: Any) -> None:
    point = starting_point("hubspot")
    assert point is not None
    agent = agent_from(point, workspace, {"hubspot_key": "pat-eu1-1234"})
    calls = [
        ToolCall("c1", "search_contact", PERSON),
        ToolCall("c2", "get_previous_calls", {"CONTACT_ID": "201"}),
        ToolCall("c3", "get_call_content", {"inputs": [{"id": "9"}, {"id": 10}]}),
        ToolCall("c4", "create_ticket", TICKET),
    ]

    asked, turns = act(agent, settings, "https://api.hubapi.com", hubspot, calls)

    assert [(one.method, one.target) for one in asked] == [
        ("POST", "/crm/v3/objects/contacts/search"),
        ("GET", "/crm/v3/objects/contacts/201/associations/calls?limit=100"),
        ("POST", "/crm/v3/objects/calls/batch/read"),
        ("POST", "/crm/v3/objects/tickets"),
    ]
    assert {one.headers["authorization"] for one in asked} == {"Bearer pat-eu1-1234"}
    person = {"value": "ada@harbour.example", "propertyName": "email", "operator": "EQ"}
    assert asked[0].json == {"filterGroups": [{"filters": [person]}]}
    assert asked[2].json == {"inputs": [{"id": "9"}, {"id": "10"}], "properties": ["hs_call_body"]}
    link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 16}
    assert asked[3].json == {
        "associations": [{"to": {"id": "201"}, "types": [link]}],
        "properties": {
            "content": "The kettle leaks.",
            "subject": "Leaking kettle",
            "hs_pipeline": "0",
            "hs_ticket_priority": "HIGH",
            "hs_pipeline_stage": "1",
        },
    }
    assert not any(result.is_error for turn in turns for result in turn.tool_results)
