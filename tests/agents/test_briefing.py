"""What a conversation may have otherwise than its agent, and what comes of it (contract §6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dashboard.agents.briefing import OverrideRefused, Wishes, wishes_of
from dashboard.agents.models import Agent, AgentVersion
from dashboard.agents.models import Tool as SharedTool
from dashboard.agents.speaker import Casting, speaker_for
from dashboard.agents.wishes import LEAVES, placed
from dashboard.workspaces.models import ModelBackend, User, Workspace

pytestmark = pytest.mark.django_db

TEXT = {"conversation": {"text_only": True}}


def agent(
    workspace: Workspace, config: Mapping[str, Any] | None = None, *allowed: str, **more: Any
) -> AgentVersion:
    """An agent for text whose pages may change what is `allowed`."""
    permitted: dict[str, Any] = {}
    for name in allowed:
        permitted = placed(permitted, name.split("."), True)
    body = permitted.pop("custom_llm_extra_body", False)
    overrides = {"conversation_config_override": permitted, "custom_llm_extra_body": body}
    return AgentVersion.objects.create(
        agent=Agent.objects.create(workspace=workspace, name="Harbour Helper"),
        number=1,
        conversation_config={**TEXT, **(config or {})},
        platform_settings={"overrides": overrides, **more},
    )


def asked(**said: Any) -> Wishes:
    """As a client says it."""
    return wishes_of({"type": "conversation_initiation_client_data", **said})


def override(**tree: Any) -> Wishes:
    return asked(conversation_config_override=tree)


# --- What has an effect ----------------------------------------------------------------------


def test_a_permitted_prompt_first_message_and_language_are_what_the_agent_goes_by(
    workspace: Workspace,
) -> None:
    names = ("agent.prompt.prompt", "agent.first_message", "agent.language")
    told = agent(workspace, {"agent": {"language": "en"}}, *names)
    wishes = override(
        agent={"prompt": {"prompt": "Be brief."}, "first_message": "Hoi.", "language": "nl"}
    )

    brief = speaker_for(told, wishes).speaker.brief

    assert (brief.instructions, brief.first_message) == ("Be brief.", "Hoi.")
    assert brief.language == "nl"


def test_a_permitted_length_and_its_last_words_hold(workspace: Workspace) -> None:
    names = ("conversation.max_duration_seconds", "agent.max_conversation_duration_message")
    told = agent(workspace, {}, *names)
    wishes = asked(
        conversation_config_override={
            "conversation": {"max_duration_seconds": 90},
            "agent": {"max_conversation_duration_message": "Time is up, {{name}}."},
        },
        dynamic_variables={"name": "Ada"},
    )

    casting = speaker_for(told, wishes)

    assert casting.longest_seconds == 90
    assert casting.longest_message == "Time is up, Ada."


def test_what_the_session_needs_is_read_from_the_agent(workspace: Workspace) -> None:
    config = {
        "turn": {"turn_timeout": 12, "silence_end_call_timeout": 40},
        "conversation": {
            "text_only": True,
            "max_duration_seconds": 300,
            "file_input": {"enabled": False},
        },
    }

    casting = speaker_for(agent(workspace, config))

    assert (casting.turn_timeout, casting.silence_seconds) == (12, 40)
    assert (casting.longest_seconds, casting.file_input.enabled) == (300, False)


def test_a_permitted_model_is_the_one_that_answers(workspace: Workspace) -> None:
    ModelBackend.objects.create(workspace=workspace, kind="openai", model="gpt-a", is_default=True)
    ModelBackend.objects.create(workspace=workspace, kind="openai", model="gpt-b")
    told = agent(workspace, {}, "agent.prompt.llm")

    casting = speaker_for(told, override(agent={"prompt": {"llm": "gpt-b"}}))

    assert (speaker_for(told).model, casting.model) == ("gpt-a", "gpt-b")


def test_permitted_tools_are_the_workspaces_own_only(workspace: Workspace, cleo: User) -> None:
    def tool(owner: Workspace, name: str) -> SharedTool:
        config = {"type": "client", "name": name, "description": "Does it."}
        return SharedTool.objects.create(workspace=owner, kind="client", name=name, config=config)

    mine, other = tool(workspace, "mine"), tool(workspace, "other")
    theirs = tool(cleo.memberships.get().workspace, "theirs")
    config = {"agent": {"prompt": {"tool_ids": [other.pk]}}}
    told = agent(workspace, config, "agent.prompt.tool_ids")
    wishes = override(agent={"prompt": {"tool_ids": [mine.pk, theirs.pk]}})

    casting = speaker_for(told, wishes)

    assert [spec.name for spec in casting.speaker.toolbox.specs] == ["mine"]
    assert any(theirs.pk in warning for warning in casting.warnings)


def test_permitted_knowledge_replaces_the_agents_own(workspace: Workspace) -> None:
    told = agent(workspace, {}, "agent.prompt.knowledge_base")
    document = {"type": "text", "name": "Menu", "id": "doc_1"}
    wishes = override(agent={"prompt": {"knowledge_base": [document]}})

    casting = speaker_for(told, wishes)

    assert speaker_for(told).speaker.library is None
    assert casting.speaker.library is not None
    assert [one.id for one in casting.config.agent.prompt.knowledge_base] == ["doc_1"]


def test_what_concerns_a_voice_is_passed_over_with_leave_and_refused_without(
    workspace: Workspace,
) -> None:
    wishes = override(tts={"voice_id": "somebody", "speed": "quick"}, asr={"keywords": ["Zoë"]})
    names = ("tts.voice_id", "tts.speed", "asr.keywords")

    casting = speaker_for(agent(workspace, {}, *names), wishes)

    assert casting.text_only
    assert casting.config.tts.voice_id != "somebody"
    with pytest.raises(OverrideRefused, match=r"'tts\.voice_id' is not allowed by config"):
        speaker_for(agent(workspace), wishes)


# --- What is refused, and what is not heard ---------------------------------------------------

FIT: dict[str, Any] = {
    "conversation.text_only": False,
    "conversation.max_duration_seconds": 42,
    "custom_llm_extra_body": {"seat": 4},
    "agent.prompt.tool_ids": ["tool_1"],
    "agent.prompt.tool_ids_strict": True,
    "agent.prompt.native_mcp_server_ids": ["mcp_1"],
    "agent.prompt.knowledge_base": [{"type": "text", "name": "Menu", "id": "doc_1"}],
    "agent.prompt.reasoning_effort": "low",
    "agent.language": "nl",
}


def _said(name: str, value: Any) -> Wishes:
    if name == "custom_llm_extra_body":
        return asked(custom_llm_extra_body=value)
    return asked(conversation_config_override=placed({}, name.split("."), value))


@pytest.mark.parametrize("name", sorted(LEAVES))
def test_every_field_is_refused_without_leave_and_taken_with_it(
    workspace: Workspace, name: str
) -> None:
    wishes = _said(name, FIT.get(name, "something else"))

    with pytest.raises(OverrideRefused) as refusal:
        speaker_for(agent(workspace), wishes)

    assert str(refusal.value) == f"Override for field '{name}' is not allowed by config."
    assert isinstance(speaker_for(agent(workspace, {}, name), wishes), Casting)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agent.prompt.prompt", ["Be rude."]),
        ("agent.prompt.prompt", {"text": "Be rude."}),
        ("agent.language", 5),
        ("agent.language", "<script>"),
        ("agent.first_message", False),
        ("agent.prompt.llm", 4),
        ("agent.prompt.tool_ids", "tool_1"),
        ("agent.prompt.knowledge_base", [{"id": 1}]),
        ("conversation.text_only", "yes"),
        ("conversation.text_only", 1),
        ("conversation.max_duration_seconds", 0),
        ("conversation.max_duration_seconds", True),
        ("conversation.max_duration_seconds", 10**30),
        ("custom_llm_extra_body", ["seat"]),
        ("custom_llm_extra_body", {"long": "x" * 20_001}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_its_field(
    workspace: Workspace, name: str, value: Any
) -> None:
    with pytest.raises(OverrideRefused, match="is not valid: ") as refusal:
        speaker_for(agent(workspace, {}, name), _said(name, value))

    assert refusal.value.name == name


def test_a_text_where_an_object_belongs_is_refused_by_its_place(workspace: Workspace) -> None:
    with pytest.raises(OverrideRefused, match=r"'agent\.prompt'"):
        speaker_for(agent(workspace, {}, "agent.prompt.prompt"), override(agent={"prompt": "Hi"}))


def test_what_means_nothing_is_not_heard(workspace: Workspace) -> None:
    told = agent(workspace, {"agent": {"prompt": {"prompt": "Be kind."}}})
    nothing = override(
        text_only=True,
        agent={"prompt": {}, "first_message": None, "mood": "rude"},
        tts={},
        conversation={"client_events": ["audio"]},
        weather={"rain": True},
    )

    casting = speaker_for(told, nothing)

    assert casting.speaker.brief.instructions == "Be kind."
    assert casting.config.conversation.client_events != ["audio"]


def test_asking_for_what_is_so_anyway_needs_no_leave(workspace: Workspace) -> None:
    document = {"type": "text", "name": "Menu", "id": "doc_1"}
    config = {"agent": {"language": "nl", "prompt": {"knowledge_base": [document]}}}
    same = {
        "agent": {"language": "nl", "prompt": {"prompt": "", "knowledge_base": [document]}},
        "conversation": {"text_only": True, "max_duration_seconds": 600},
        "tts": {"speed": 1},
    }

    casting = speaker_for(agent(workspace, config), override(**same))

    assert casting.speaker.brief.language == "nl"


def test_who_goes_on_is_not_asked_for_leave_again(workspace: Workspace) -> None:
    wishes = override(agent={"prompt": {"prompt": "Be brief."}})

    casting = speaker_for(agent(workspace), wishes, checked=True)

    assert casting.speaker.brief.instructions == "Be brief."
