"""The widget's config: public, from any page that the agent's owner allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard.agents.models import Agent
from dashboard.conversations import signing

from .conftest import Caller

MakeAgent = Callable[..., Agent]


def config_of(stranger: Caller, agent: Agent) -> dict[str, Any]:
    response = stranger.get(f"/convai/agents/{agent.pk}/widget")
    assert response.status_code == 200, response.content
    assert response.json()["agent_id"] == agent.pk
    return dict(response.json()["widget_config"])


def test_anybody_may_ask_from_any_page(stranger: Caller, agent: Agent) -> None:
    response = stranger.get(f"/convai/agents/{agent.pk}/widget", Origin="https://anywhere.example")

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    config = response.json()["widget_config"]
    assert config["text_only"] is True
    assert config["use_rtc"] is False
    assert config["language"] == "en"
    assert config["avatar"]["type"] == "orb"


def test_pages_can_read_a_refusal_too(stranger: Caller) -> None:
    response = stranger.get("/convai/agents/agent_nobody/widget")

    assert response.status_code == 404
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json()["detail"]["status"] == "agent_not_found"


def test_a_preflight_is_answered(stranger: Caller, agent: Agent) -> None:
    response = stranger("OPTIONS", f"/convai/agents/{agent.pk}/widget")

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_only_listed_hosts_are_told(stranger: Caller, make_agent: MakeAgent) -> None:
    auth = {"allowlist": [{"hostname": "Shop.example"}, {"hostname": "localhost:3000"}]}
    agent = make_agent(platform_settings={"auth": auth})

    def status(**headers: str) -> int:
        answer = stranger.get(f"/convai/agents/{agent.pk}/widget", **headers)
        return int(answer.status_code)

    assert status(Origin="https://shop.example") == 200
    assert status(Origin="http://localhost:3000") == 200
    assert status() == 200  # no browser
    assert status(Origin="https://evil.example") == 403
    assert status(Origin="https://shop.example.evil.example") == 403
    assert status(Origin="http://localhost:4000") == 403
    assert status(Origin="null") == 403


def test_a_required_origin_may_not_be_missing(stranger: Caller, make_agent: MakeAgent) -> None:
    auth = {"allowlist": [{"hostname": "shop.example"}], "require_origin_header": True}
    agent = make_agent(platform_settings={"auth": auth})

    assert stranger.get(f"/convai/agents/{agent.pk}/widget").status_code == 403


def test_a_closed_agent_wants_a_signature(stranger: Caller, make_agent: MakeAgent) -> None:
    agent = make_agent(platform_settings={"auth": {"enable_auth": True}})
    other = make_agent()
    path = f"/convai/agents/{agent.pk}/widget"

    assert stranger.get(path).status_code == 401
    assert stranger.get(f"{path}?conversation_signature=nonsense").status_code == 401
    wrong = signing.sign(other.pk)
    assert stranger.get(f"{path}?conversation_signature={wrong}").status_code == 401
    right = signing.sign(agent.pk)
    assert stranger.get(f"{path}?conversation_signature={right}").status_code == 200


def test_the_first_message_is_advertised_only_if_there_is_one(
    stranger: Caller, make_agent: MakeAgent
) -> None:
    silent = make_agent()
    polite = make_agent(conversation_config={"agent": {"first_message": "Hello!"}})

    assert config_of(stranger, silent)["first_message"] is None
    assert config_of(stranger, polite)["first_message"] == "Hello!"


def test_variables_of_the_first_message_take_their_fallbacks(
    stranger: Caller, make_agent: MakeAgent
) -> None:
    told = {
        "first_message": "Hello {{name}}!",
        "dynamic_variables": {"dynamic_variable_placeholders": {"name": "there"}},
    }
    agent = make_agent(conversation_config={"agent": told})

    assert config_of(stranger, agent)["first_message"] == "Hello there!"


def test_languages_are_offered_when_the_owner_wants_a_picker(
    stranger: Caller, make_agent: MakeAgent
) -> None:
    presets = {"de": {"overrides": {"agent": {"first_message": "Hallo!"}}}}
    config = {"agent": {"first_message": "Hello!"}, "language_presets": presets}
    words = {"language_selector": True, "language_presets": {"de": {"terms_text": "AGB"}}}

    picked = config_of(
        stranger, make_agent(conversation_config=config, platform_settings={"widget": words})
    )
    plain = config_of(stranger, make_agent(conversation_config=config))

    assert picked["supported_language_overrides"] == ["en", "de"]
    assert picked["language_presets"]["de"]["first_message"] == "Hallo!"
    assert picked["language_presets"]["de"]["terms_text"] == "AGB"
    assert plain["supported_language_overrides"] is None


def test_nothing_of_the_prompt_or_the_limits_is_told(
    stranger: Caller, make_agent: MakeAgent
) -> None:
    agent = make_agent(
        conversation_config={"agent": {"prompt": {"prompt": "the-inner-voice"}}},
        platform_settings={"call_limits": {"daily_limit": 424242}},
    )

    content = stranger.get(f"/convai/agents/{agent.pk}/widget").content

    assert b"the-inner-voice" not in content
    assert b"424242" not in content
