"""Signed addresses."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings

from dashboard.agents.models import Agent
from dashboard.conversations import signing

from .conftest import Caller


@pytest.mark.parametrize("name", ["get-signed-url", "get_signed_url"])
def test_a_signed_address_opens_this_agent(ask: Caller, agent: Agent, name: str) -> None:
    url = ask.get(f"/convai/conversation/{name}?agent_id={agent.pk}").json()["signed_url"]

    parts = urlsplit(url)
    query = parse_qs(parts.query, strict_parsing=True)
    assert (parts.scheme, parts.netloc) == ("ws", "testserver")
    assert parts.path == "/v1/convai/conversation"
    assert query["agent_id"] == [agent.pk]
    assert "conversation_id" not in query
    allowed = signing.permission(query["conversation_signature"][0])
    assert allowed == signing.Permission(agent.pk)


def test_an_address_with_a_conversation_id_is_good_for_that_one(ask: Caller, agent: Agent) -> None:
    path = f"/convai/conversation/get-signed-url?agent_id={agent.pk}&include_conversation_id=true"

    query = parse_qs(urlsplit(ask.get(path).json()["signed_url"]).query)

    [conversation_id] = query["conversation_id"]
    allowed = signing.permission(query["conversation_signature"][0])
    assert allowed == signing.Permission(agent.pk, conversation_id)


def test_the_public_address_goes_before_the_one_that_was_called(
    ask: Caller, agent: Agent, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = "https://chat.harbour.example"

    url = ask.get(f"/convai/conversation/get-signed-url?agent_id={agent.pk}").json()["signed_url"]

    assert url.startswith("wss://chat.harbour.example/v1/convai/conversation?")


def test_the_agent_must_be_named(ask: Caller) -> None:
    response = ask.get("/convai/conversation/get-signed-url")

    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["query", "agent_id"]


def test_what_else_clients_ask_for_changes_nothing(ask: Caller, agent: Agent) -> None:
    path = f"/convai/conversation/get-signed-url?agent_id={agent.pk}&include_conversation_id=false"
    path += "&branch_id=b&version_id=v&environment=staging&debug_events_request=true"

    query = parse_qs(urlsplit(ask.get(path).json()["signed_url"]).query)

    assert set(query) == {"agent_id", "conversation_signature"}


def test_each_address_with_an_id_has_its_own(ask: Caller, agent: Agent) -> None:
    path = f"/convai/conversation/get-signed-url?agent_id={agent.pk}&include_conversation_id=true"

    ids = {parse_qs(ask.get(path).json()["signed_url"])["conversation_id"][0] for _ in range(3)}

    assert len(ids) == 3


def test_cleo_signs_nothing_for_adas_agent(cleo_asks: Caller, agent: Agent) -> None:
    for more in ("", "&include_conversation_id=true"):
        path = f"/convai/conversation/get-signed-url?agent_id={agent.pk}{more}"
        assert cleo_asks.get(path).status_code == 404
