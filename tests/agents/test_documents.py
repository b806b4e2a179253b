"""The agent document: kept as sent, checked by its paths, filled with defaults."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.agents import revising
from dashboard.agents.documents import (
    DEFAULT_CLIENT_EVENTS,
    ConversationConfig,
    PlatformSettings,
    Unfit,
    Workflow,
    agent_document,
    agent_summary,
    checked,
    conversation_config,
    filled,
    merged,
)
from dashboard.workspaces.models import User, Workspace

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(st.text(max_size=3), trees, max_size=4)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return value


@given(documents)
def test_a_patch_of_nothing_changes_nothing(old: dict[str, Any]) -> None:
    assert merged(old, {}) == old


@given(documents, documents)
def test_the_same_patch_twice_is_the_patch_once(old: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merged(old, patch)

    assert merged(once, patch) == once


@given(documents)
def test_a_patch_of_everything_is_everything_but_the_nulls(patch: dict[str, Any]) -> None:
    assert merged({}, patch) == without_nulls(patch)


@given(documents, documents)
def test_what_a_patch_does_not_name_stays(old: dict[str, Any], patch: dict[str, Any]) -> None:
    whole = merged(old, patch)

    assert {k: whole[k] for k in old if k not in patch} == {
        k: v for k, v in old.items() if k not in patch
    }


@given(documents, documents)
def test_a_merge_leaves_both_sides_as_they_were(old: dict[str, Any], patch: dict[str, Any]) -> None:
    before = (repr(old), repr(patch))

    merged(old, patch)

    assert (repr(old), repr(patch)) == before


def test_objects_merge_lists_are_replaced_and_null_resets() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}

    assert merged(old, {"a": {"c": [3]}, "d": None}) == {"a": {"b": 1, "c": [3]}}
    assert merged(old, {"a": 5}) == {"a": 5, "d": {"e": 1}}


@given(st.dictionaries(st.from_regex("zz[a-z]{1,5}", fullmatch=True), trees, max_size=3))
def test_unknown_fields_come_back_at_every_depth(unknown: dict[str, Any]) -> None:
    sent = {**unknown, "agent": {**unknown, "prompt": {**unknown, "rag": unknown}}}

    told = filled(ConversationConfig, sent)

    for place in (told, told["agent"], told["agent"]["prompt"], told["agent"]["prompt"]["rag"]):
        assert {name: place[name] for name in unknown} == unknown


def test_numbers_keep_their_form_and_wrong_kinds_are_mended() -> None:
    told = filled(
        ConversationConfig,
        {
            "agent": {"prompt": {"temperature": 0}},
            "tts": {"speed": 1},
            "conversation": {"text_only": 1, "max_duration_seconds": "60"},
        },
    )

    assert repr(told["agent"]["prompt"]["temperature"]) == "0"
    assert repr(told["tts"]["speed"]) == "1"
    # Strict clients take neither a number for a boolean nor a text for a number.
    assert told["conversation"]["text_only"] is True
    assert told["conversation"]["max_duration_seconds"] == 60


def test_defaults_stand_where_nothing_was_sent() -> None:
    config = filled(ConversationConfig, {})
    settings = filled(PlatformSettings, {})

    assert config["agent"]["prompt"]["llm"] == "gemini-2.5-flash"
    assert config["tts"]["voice_id"] == "cjVigY5qzO86Huf0OWal"
    assert config["turn"]["turn_timeout"] == 7
    assert config["conversation"]["client_events"] == DEFAULT_CLIENT_EVENTS
    assert settings["call_limits"] == {
        "agent_concurrency_limit": -1,
        "daily_limit": 100_000,
        "bursting_enabled": True,
        "refusal_message": "",
        "messages_per_minute": -1,
    }
    override = settings["overrides"]["conversation_config_override"]
    assert override["conversation"]["text_only"] is False
    assert override["agent"]["prompt"]["prompt"] is False
    assert settings["safety"] == {
        "is_blocked_ivc": False,
        "is_blocked_non_ivc": False,
        "ignore_safety_evaluation": False,
    }


def test_null_means_the_default_unless_none_is_a_value() -> None:
    told = filled(
        ConversationConfig,
        {"agent": {"first_message": None, "prompt": {"temperature": None}}, "turn": None},
    )

    assert told["agent"]["first_message"] == ""
    assert told["agent"]["prompt"]["temperature"] is None
    assert told["turn"]["turn_timeout"] == 7


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"agent": {"prompt": {"prompt": 5}}}, "agent.prompt.prompt"),
        ({"agent": []}, "agent"),
        ({"tts": {"speed": 9}}, "tts.speed"),
        ({"tts": {"agent_output_audio_format": "mp3_44100"}}, "tts.agent_output_audio_format"),
        ({"language_presets": {"de": 1}}, "language_presets.de"),
        (
            {"agent": {"prompt": {"rag": {"max_retrieved_rag_chunks_count": 21}}}},
            "agent.prompt.rag.max_retrieved_rag_chunks_count",
        ),
        (
            {"agent": {"prompt": {"tools": [{"type": "webhook", "name": "x y"}]}}},
            "agent.prompt.tools.0.webhook.name",
        ),
    ],
)
def test_a_wrong_value_is_named_by_its_path(config: Any, place: str) -> None:
    with pytest.raises(Unfit) as caught:
        checked(ConversationConfig, config, "conversation_config")

    errors = caught.value.errors
    assert ".".join(map(str, errors[0]["loc"])) == f"conversation_config.{place}"
    assert set(errors[0]) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    "settings",
    [
        {"auth": {"allowlist": [{"hostname": ""}]}},
        {"auth": {"allowlist": [{"hostname": "two hosts"}]}},
        {"auth": {"allowlist": [{"hostname": f"h{n}.example"} for n in range(11)]}},
        {"call_limits": {"agent_concurrency_limit": -2}},
        {"call_limits": {"messages_per_minute": -2}},
        {"call_limits": {"refusal_message": "x" * 121}},
        {"call_limits": {"refusal_message": "☕" * 42}},
        {"auth": {"shareable_token": "too-short"}},
        {"auth": {"shareable_token": "no room for spaces in it"}},
        {"evaluation": {"criteria": [{"id": "x", "name": "X"}]}},
        {"data_collection": {"x": {"type": "object"}}},
        {"widget": {"placement": "behind"}},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: Any) -> None:
    with pytest.raises(Unfit):
        checked(PlatformSettings, settings)


def test_old_system_tools_get_the_params_that_strict_clients_demand() -> None:
    tools = {"end_call": {"name": "end_call"}, "skip_turn": {}, "language_detection": None}
    inline = [{"type": "system", "name": "end_call", "description": ""}]

    prompt = filled(
        ConversationConfig, {"agent": {"prompt": {"built_in_tools": tools, "tools": inline}}}
    )["agent"]["prompt"]

    assert prompt["built_in_tools"]["end_call"]["params"] == {"system_tool_type": "end_call"}
    assert prompt["built_in_tools"]["skip_turn"]["name"] == "skip_turn"
    assert prompt["built_in_tools"]["language_detection"] is None
    assert prompt["tools"][0]["params"] == {"system_tool_type": "end_call"}


def test_a_workflow_is_complete_when_it_is_told() -> None:
    told = filled(Workflow, {"nodes": {"a": {"type": "start", "later": 1}}})

    assert told["edges"] == {}
    assert told["prevent_subagent_loops"] is False
    assert told["nodes"]["a"] == {
        "type": "start",
        "position": {"x": 0, "y": 0},
        "edge_order": [],
        "later": 1,
    }


def test_the_document_has_every_key_that_strict_clients_demand(
    workspace: Workspace, ada: User
) -> None:
    agent = revising.create(workspace, ada, name="Barista", tags=["x"])

    told, line = agent_document(agent, ada), agent_summary(agent)

    assert {"agent_id", "name", "conversation_config", "metadata"} <= set(told)
    assert set(told["metadata"]) == {"created_at_unix_secs", "updated_at_unix_secs"}
    assert told["workflow"] is None
    assert set(line) >= {
        "agent_id", "name", "voice_id", "tags", "created_at_unix_secs", "access_info",
    }  # fmt: skip
    assert line["voice_id"] == "cjVigY5qzO86Huf0OWal"
    assert line["access_info"]["is_creator"] is False


def test_an_agent_that_nobody_made_can_still_be_told(workspace: Workspace) -> None:
    agent = revising.create(workspace, None)

    access = agent_document(agent)["access_info"]

    assert (access["creator_name"], access["creator_email"]) == ("", "")


def test_what_was_told_can_be_read_with_types(workspace: Workspace) -> None:
    agent = revising.create(
        workspace, None, conversation_config={"agent": {"prompt": {"max_tokens": 5}}}
    )

    assert conversation_config(agent.told).agent.prompt.max_tokens == 5
    assert conversation_config(agent.told).agent.prompt.rag.max_documents_length == 50_000

    revising.revise(agent, {"conversation_config": {"agent": {"prompt": {"max_tokens": 6}}}}, None)

    assert conversation_config(agent.told).agent.prompt.max_tokens == 6
