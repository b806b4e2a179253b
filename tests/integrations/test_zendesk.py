"""The Zendesk agent: exactly the requests that Zendesk's API wants."""

from __future__ import annotations

import base64
from typing import Any

from dashboard.engine.turns import ToolCall
from dashboard.integrations.catalog import starting_point
from dashboard.workspaces.models import Workspace
from tests.stand_ins.service import Asked, Reply

from .acting import act, agent_from

LOGIN = "jdoe@example.com/token:6wiIBWbGkBMo1mRDMuVwkw1EPsNkeUj95PIz2akv"
# As printed in Zendesk's own example of this very login.
BASIC = "Basic amRvZUBleGFtcGxlLmNvbS90b2tlbjo2d2lJQldiR2tCTW8xbVJETXVWd2t3MUVQc05rZVVqOTVQSXoyYWt2"
TICKET = {
    "comment": {"body": "The kettle leaks."},
    "subject": "Leaking kettle",
    "requester": {"email": "ada@harbour.example", "name": "Ada Larsen"},
}


def zendesk(asked: Asked) -> Reply:
    if asked.headers.get("authorization") != BASIC:
        return Reply(401, {"error": "Couldn't authenticate you"})
    return Reply(201 if asked.method == "POST" else 200, {"seen": asked.headers["authorization"]})


def test_solved_tickets_are_read_and_a_new_one_is_opened(
    workspace: Workspace, settings: Any
) -> None:
    point = starting_point("zendesk")
    assert point is not None
    agent = agent_from(point, workspace, {"zendesk_subdomain": "acme", "zendesk_login": LOGIN})
    calls = [
        ToolCall("c1", "zendesk_get_resolved_tickets"),
        ToolCall("c2", "zendesk_get_ticket_comments", {"ticket_id": 35436}),
        ToolCall("c3", "zendesk_open_ticket", {"ticket": TICKET}),
    ]

    asked, turns = act(agent, settings, "https://acme.zendesk.com", zendesk, calls)

    assert [(one.method, one.target) for one in asked] == [
        ("GET", "/api/v2/search.json?query=type:ticket+status:solved"),
        ("GET", "/api/v2/tickets/35436/comments.json"),
        ("POST", "/api/v2/tickets.json"),
    ]
    assert {one.headers["authorization"] for one in asked} == {BASIC}
    assert {one.headers["content-type"] for one in asked} == {"application/json"}
    assert asked[2].json == {"ticket": TICKET}
    results = [result for turn in turns for result in turn.tool_results]
    assert [result.output for result in results] == ['{"seen": "[secret]"}'] * 3


def test_the_login_is_kept_in_the_form_that_zendesk_wants() -> None:
    point = starting_point("zendesk")
    assert point is not None
    login = point.needs[1]

    assert login.kept_as(f" {LOGIN}\n") == BASIC
    assert login.kept_as(BASIC) == BASIC
    assert base64.b64decode(BASIC.split()[1]).decode() == LOGIN


def test_a_subdomain_is_only_a_subdomain() -> None:
    point = starting_point("zendesk")
    assert point is not None

    assert point.needs[0].fits("acme-2")
    assert not any(point.needs[0].fits(bad) for bad in ("", "acme.zendesk.com", "evil.example/#"))
