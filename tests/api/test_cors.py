"""Pages of other hosts may read the public routes, and nothing else; asked of every route."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.api.cors import public_method
from dashboard.api.door import door

from .conftest import Caller

pytestmark = pytest.mark.both_profiles
PAGE = {"Origin": "https://shop.example"}
# Contract rest.md §1, and what a browser needs to take back a file or to show a face.
PUBLIC = {
    ("GET", "/v1/convai/agents/{}/widget"),
    ("GET", "/v1/convai/agents/{}/avatar/{}"),
    ("GET", "/v1/convai/conversation/token"),
    ("POST", "/v1/convai/conversations/{}/feedback"),
    ("POST", "/v1/convai/conversations/{}/files"),
    ("DELETE", "/v1/convai/conversations/{}/files/{}"),
    ("POST", "/v1/convai/llm-usage/calculate"),
}


def _routes() -> list[tuple[str, str]]:
    return sorted(
        (method, re.sub("{[^}]*}", "{}", f"/v1{prefix}{path}"))
        for prefix, router in door._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
        if method != "OPTIONS"
    )


@pytest.mark.parametrize(("method", "route"), _routes())
def test_a_route_is_readable_from_other_pages_exactly_when_it_is_public(
    ask: Caller, method: str, route: str
) -> None:
    path = route.replace("{}", "nobody").removeprefix("/v1")

    answer = ask(method, path, {}, **PAGE)

    allowed = answer.headers.get("Access-Control-Allow-Origin")
    assert allowed == ("*" if (method, route) in PUBLIC else None)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    before = ask("OPTIONS", path, **PAGE, **{"Access-Control-Request-Method": method})
    is_public = any(route == public for _, public in PUBLIC)
    assert ("Access-Control-Allow-Methods" in before.headers) == is_public


def test_every_public_route_is_known_to_the_table() -> None:
    for method, route in PUBLIC:
        assert public_method(route.replace("{}", "some_id")) == method


@pytest.mark.parametrize(
    "path",
    [
        "/convai/agents",
        "/convai/agents/x/widget/more",
        "/convai/agents/a/b/widget",
        "/convai/conversations/x",
        "/nothing",
    ],
)
def test_a_preflight_of_anything_else_allows_nothing(stranger: Caller, path: str) -> None:
    answer = stranger("OPTIONS", path, **PAGE, **{"Access-Control-Request-Method": "GET"})

    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_a_refusal_of_a_public_route_can_be_read_too(stranger: Caller) -> None:
    answer = stranger.get("/convai/agents/nobody/widget", **PAGE)

    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-request-id" in answer.headers["Access-Control-Expose-Headers"]


def test_a_preflight_lets_json_be_posted(stranger: Caller) -> None:
    asked: Any = {"Access-Control-Request-Headers": "content-type"}

    answer = stranger("OPTIONS", "/convai/conversations/x/feedback", **PAGE, **asked)

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "*"


def test_a_key_route_at_a_public_address_stays_closed(ask: Caller, agent: Agent) -> None:
    answer = ask("DELETE", f"/convai/agents/{agent.pk}/widget", **PAGE)

    assert answer.status_code == 405
    assert "Access-Control-Allow-Origin" not in answer.headers
