"""The vendor's Python SDK talks with an agent: chat mode as its documentation shows it."""

from __future__ import annotations

import queue
import time
from typing import Any

import pytest
from elevenlabs.client import ElevenLabs
from elevenlabs.conversational_ai.conversation import (
    ClientTools,
    Conversation,
    ConversationInitiationData,
)

from tests.boot.running import PATIENCE

from .conftest import ParleyServer

TEXT_ONLY = {"conversation": {"text_only": True}}
GREETING = {"agent": {"first_message": "Hello! What can I do for you?"}}


@pytest.fixture
def client(parley_server: ParleyServer) -> ElevenLabs:
    return ElevenLabs(api_key=parley_server.api_key, base_url=parley_server.url)


class Chat:
    """A session of the SDK, and what its callbacks were told."""

    def __init__(self, client: ElevenLabs, agent_id: str, *, signed: bool, **more: Any) -> None:
        self.said: queue.Queue[str] = queue.Queue()
        self.parts: list[tuple[str, str]] = []
        self.ended: queue.Queue[Any] = queue.Queue()
        self.sdk = Conversation(
            client,
            agent_id,
            requires_auth=signed,
            callback_agent_response=self.said.put,
            callback_agent_chat_response_part=lambda text, kind: self.parts.append(
                (text, kind.value)
            ),
            callback_disconnect=self.ended.put,
            **more,
        )
        self.sdk.start_session()

    def hears(self) -> str:
        return self.said.get(timeout=PATIENCE)

    def asks(self, text: str) -> str:
        self.sdk.send_user_message(text)
        return self.hears()

    def ends(self) -> str:
        self.sdk.end_session()
        conversation_id = self.sdk.wait_for_session_end()
        assert conversation_id
        return conversation_id


def made(client: ElevenLabs, *configs: dict[str, Any], **more: Any) -> str:
    config = {name: part for one in configs for name, part in one.items()}
    agents = client.conversational_ai.agents
    return str(agents.create(name="Chat", conversation_config=config, **more).agent_id)


def judged(client: ElevenLabs, conversation_id: str) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = client.conversational_ai.conversations.get(conversation_id)
        if found.status in ("done", "failed"):
            return found
        time.sleep(0.2)
    raise AssertionError("the conversation was not judged")


@pytest.mark.parametrize("signed", [True, False])
def test_a_text_only_agent_chats_and_is_read_back_with_its_analysis(
    client: ElevenLabs, signed: bool
) -> None:
    criterion = {"id": "kind", "name": "Kind", "conversation_goal_prompt": "Was it kind?"}
    platform = {"evaluation": {"criteria": [criterion]}}
    agent_id = made(client, TEXT_ONLY, GREETING, platform_settings=platform)
    chat = Chat(client, agent_id, signed=signed)

    greeting = chat.hears()
    answer = chat.asks("Hello, how can you help me today?")
    conversation_id = chat.ends()

    assert greeting == "Hello! What can I do for you?"
    assert "".join(text for text, _ in chat.parts).strip() == answer
    assert [kind for _, kind in chat.parts][:: len(chat.parts) - 1] == ["start", "stop"]
    found = judged(client, conversation_id)
    assert found.status == "done"
    assert [(turn.role, turn.message) for turn in found.transcript] == [
        ("agent", greeting),
        ("user", "Hello, how can you help me today?"),
        ("agent", answer),
    ]
    assert found.analysis.transcript_summary
    assert found.analysis.evaluation_criteria_results["kind"].rationale
    assert found.metadata.authorization_method == ("signed_url" if signed else "public")
    assert found.metadata.conversation_initiation_source == "python_sdk"


def test_a_voice_agent_chats_when_its_pages_may_ask_for_text(client: ElevenLabs) -> None:
    allowed = {"overrides": {"conversation_config_override": TEXT_ONLY}}
    override = ConversationInitiationData(conversation_config_override=TEXT_ONLY)

    chat = Chat(
        client,
        made(client, GREETING, platform_settings=allowed),
        signed=True,
        config=override,
    )

    assert chat.hears() == "Hello! What can I do for you?"
    assert chat.asks("Hi")
    chat.ends()


def test_a_voice_agent_without_leave_is_refused_in_words(client: ElevenLabs) -> None:
    override = ConversationInitiationData(conversation_config_override=TEXT_ONLY)

    chat = Chat(client, made(client, GREETING), signed=True, config=override)

    details = chat.ended.get(timeout=PATIENCE)
    assert details.close_code == 1008
    assert "conversation.text_only" in details.close_reason


def test_variables_and_a_prompt_override_arrive(client: ElevenLabs) -> None:
    config = {**TEXT_ONLY, "agent": {"first_message": "Hello {{name}}!"}}
    chat = Chat(
        client,
        made(client, config),
        signed=False,
        config=ConversationInitiationData(dynamic_variables={"name": "Ada"}),
    )

    assert chat.hears() == "Hello Ada!"
    chat.ends()


def test_a_client_tool_of_the_script_is_called_and_heard(client: ElevenLabs) -> None:
    tool = {
        "type": "client",
        "name": "basket",
        "description": "What is in the basket",
        "parameters": {
            "type": "object",
            "properties": {"shelf": {"type": "string", "description": "Which shelf"}},
            "required": ["shelf"],
        },
        "expects_response": True,
    }
    called: list[dict[str, Any]] = []
    tools = ClientTools()
    tools.register("basket", lambda given: called.append(given) or {"beans": 2})
    agent_id = made(client, TEXT_ONLY, {"agent": {"prompt": {"tools": [tool]}}})

    chat = Chat(client, agent_id, signed=False, client_tools=tools)
    time.sleep(0.5)
    answer = chat.asks('tool:basket {"shelf": "top"}')
    conversation_id = chat.ends()

    assert called[0]["shelf"] == "top"
    assert "beans" in answer
    found = judged(client, conversation_id)
    results = [result for turn in found.transcript for result in turn.tool_results]
    assert '"beans":2' in results[0].result_value.replace(" ", "")
