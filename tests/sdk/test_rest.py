"""The vendor's Python SDK against a real server: agents, signed addresses, conversations."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from elevenlabs import (
    AgentPlatformSettingsRequestModel,
    ConversationalConfig,
    ConversationConfigOutput,
)
from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.errors import UnprocessableEntityError

from .conftest import ParleyServer


@pytest.fixture
def client(parley_server: ParleyServer) -> ElevenLabs:
    return ElevenLabs(api_key=parley_server.api_key, base_url=parley_server.url)


@pytest.fixture
def agent_id(client: ElevenLabs) -> str:
    agents = client.conversational_ai.agents
    made = agents.create(
        name="Of the tests", conversation_config={"conversation": {"text_only": True}}
    )
    return str(made.agent_id)


def test_a_chat_agent_is_made_as_documented(client: ElevenLabs) -> None:
    agents = client.conversational_ai.agents
    typed = ConversationalConfig(conversation=ConversationConfigOutput(text_only=True))

    for config in (
        typed,
        ConversationalConfig(conversation={"text_only": True}),
        {"conversation": {"text_only": True}},
    ):
        made = agents.create(name="My Chat Agent", conversation_config=config)

        read = agents.get(made.agent_id)
        assert read.name == "My Chat Agent"
        assert read.conversation_config.conversation.text_only is True
        assert "agent_response" in read.conversation_config.conversation.client_events
        agents.delete(made.agent_id)


def test_an_update_merges_as_documented(client: ElevenLabs, agent_id: str) -> None:
    agents = client.conversational_ai.agents
    limits = {"agent_concurrency_limit": -1, "daily_limit": 1000, "bursting_enabled": True}
    agents.update(agent_id, conversation_config={"agent": {"first_message": "Ahoy!"}})

    answered = agents.update(agent_id, platform_settings={"call_limits": limits})

    for read in (answered, agents.get(agent_id)):
        told = read.platform_settings.call_limits
        assert told.agent_concurrency_limit == -1
        assert told.daily_limit == 1000
        assert told.bursting_enabled is True
        assert read.conversation_config.agent.first_message == "Ahoy!"
        assert read.conversation_config.conversation.text_only is True


def test_typed_settings_round_trip(client: ElevenLabs, agent_id: str) -> None:
    agents = client.conversational_ai.agents
    settings = AgentPlatformSettingsRequestModel.model_validate(
        {
            "auth": {"enable_auth": True, "allowlist": [{"hostname": "shop.example"}]},
            "evaluation": {
                "criteria": [
                    {"id": "kind", "name": "Kind", "conversation_goal_prompt": "Was it kind?"}
                ]
            },
            "data_collection": {"mood": {"type": "string", "description": "The mood"}},
            "overrides": {"conversation_config_override": {"conversation": {"text_only": True}}},
        }
    )

    agents.update(agent_id, platform_settings=settings)

    read = agents.get(agent_id).platform_settings
    assert read.auth.enable_auth is True
    assert [host.hostname for host in read.auth.allowlist] == ["shop.example"]
    assert read.evaluation.criteria[0].id == "kind"
    assert read.data_collection["mood"].description == "The mood"
    assert read.overrides.conversation_config_override.conversation.text_only is True


def test_agents_are_listed_page_by_page(client: ElevenLabs) -> None:
    agents = client.conversational_ai.agents
    made = [
        agents.create(name=f"Paged {n}", conversation_config={}, tags=["paged"]).agent_id
        for n in range(3)
    ]

    first = agents.list(page_size=2, search="paged", tags=["paged"])
    second = agents.list(page_size=2, search="paged", tags=["paged"], cursor=first.next_cursor)

    assert (first.has_more, second.has_more) == (True, False)
    assert [a.agent_id for a in [*first.agents, *second.agents]] == made[::-1]
    assert first.agents[0].access_info.role == "admin"


def test_a_deleted_agent_is_a_404(client: ElevenLabs, agent_id: str) -> None:
    client.conversational_ai.agents.delete(agent_id)

    with pytest.raises(ApiError) as caught:
        client.conversational_ai.agents.get(agent_id)

    assert caught.value.status_code == 404
    assert caught.value.body["detail"]["status"] == "agent_not_found"


def test_a_wrong_value_raises_the_sdks_own_error(client: ElevenLabs, agent_id: str) -> None:
    with pytest.raises(UnprocessableEntityError) as caught:
        client.conversational_ai.agents.update(agent_id, conversation_config={"tts": {"speed": 40}})

    place = ["body", "conversation_config", "tts", "speed"]
    assert caught.value.body["detail"][0]["loc"] == place


def test_a_wrong_key_is_a_401(parley_server: ParleyServer) -> None:
    client = ElevenLabs(api_key="sk_wrong", base_url=parley_server.url)

    with pytest.raises(ApiError) as caught:
        client.conversational_ai.agents.list()

    assert caught.value.status_code == 401


def test_a_signed_address_is_on_the_host_that_was_called(
    client: ElevenLabs, parley_server: ParleyServer, agent_id: str
) -> None:
    answer = client.conversational_ai.conversations.get_signed_url(agent_id=agent_id)

    assert answer.signed_url.startswith(f"{parley_server.ws_url}/v1/convai/conversation?")
    query = parse_qs(urlsplit(answer.signed_url).query)
    assert query["agent_id"] == [agent_id]
    assert query["conversation_signature"]


def test_there_are_no_conversations_before_anybody_talked(
    client: ElevenLabs, agent_id: str
) -> None:
    listed = client.conversational_ai.conversations.list(agent_id=agent_id)

    assert (listed.conversations, listed.has_more) == ([], False)
    with pytest.raises(ApiError) as caught:
        client.conversational_ai.conversations.get("conv_nobody")
    assert caught.value.status_code == 404


def test_the_widget_is_told_about_the_agent(client: ElevenLabs, agent_id: str) -> None:
    told = client.conversational_ai.agents.widget.get(agent_id)

    assert told.agent_id == agent_id
    assert told.widget_config.text_only is True
    assert told.widget_config.language == "en"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "convai/agents/create", 405),
        ("GET", "convai/nothing", 404),
        ("GET", "user/nothing", 404),
    ],
)
def test_what_the_server_itself_refuses_is_json_too(
    parley_server: ParleyServer, method: str, path: str, status: int
) -> None:
    key = {"xi-api-key": parley_server.api_key}

    answer = httpx.request(method, f"{parley_server.url}/v1/{path}", headers=key)

    assert answer.status_code == status
    assert answer.json()["detail"]["message"]
