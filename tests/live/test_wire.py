"""Golden messages: what the widget's tests read, the server reads and writes as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.agents.wishes import kept
from dashboard.engine.turns import ToolCall, ToolKind, ToolResult
from dashboard.live import frames, wire

GOLDEN = Path(__file__).parent.parent / "wire"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())["frame"]


def decoded(name: str) -> wire.ClientEvent:
    return wire.decode(json.dumps(golden(name)))


def test_every_golden_client_frame_can_be_read():
    frames = [json.loads(file.read_text()) for file in sorted(GOLDEN.glob("*.json"))]

    read = [wire.decode(json.dumps(f["frame"])) for f in frames if f["direction"] == "client"]

    assert len(read) > 10


@pytest.mark.parametrize("name", ["user_message", "user_message_object_text"])
def test_a_message_may_be_a_text_or_an_object_with_one(name: str):
    event = decoded(name)

    assert isinstance(event, wire.UserMessage)
    assert event.text


def test_a_message_without_a_text_is_an_empty_one():
    assert decoded("user_message_without_text") == wire.UserMessage("")


def test_pythons_stray_text_only_is_a_hint_and_no_override():
    event = wire.decode(
        '{"type":"conversation_initiation_client_data",'
        '"conversation_config_override":{"text_only":true,"agent":{},"tts":{"voice_id":null}}}'
    )

    assert isinstance(event, wire.Initiation)
    assert event.wishes.no_audio
    assert event.wishes.overrides == {}


def test_our_widget_has_no_ears_and_asks_for_no_leave():
    event = decoded("conversation_initiation_client_data_own_widget")

    assert isinstance(event, wire.Initiation)
    assert event.wishes.no_audio
    assert event.wishes.overrides == {"agent.language": "en"}


def test_overrides_are_leaves_with_dotted_paths():
    event = wire.decode(
        '{"type":"conversation_initiation_client_data","conversation_config_override":'
        '{"agent":{"prompt":{"prompt":"Hi"},"language":"de"},"conversation":{"text_only":true}}}'
    )

    assert isinstance(event, wire.Initiation)
    assert event.wishes.overrides == {
        "agent.prompt.prompt": "Hi",
        "agent.language": "de",
        "conversation.text_only": True,
    }


def test_a_secret_variable_does_not_reach_the_record():
    event = wire.decode(
        '{"type":"conversation_initiation_client_data",'
        '"dynamic_variables":{"secret__token":"s3cret","name":"Ada"}}'
    )

    assert isinstance(event, wire.Initiation)
    assert event.wishes.variables["secret__token"] == "s3cret"
    assert "s3cret" not in json.dumps(kept(event.wishes, event.said))
    assert kept(event.wishes, event.said)["dynamic_variables"]["name"] == "Ada"


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '"text"', "null", '{"type":', "\0"])
def test_what_is_no_object_is_malformed(text: str):
    with pytest.raises(wire.Malformed):
        wire.decode(text)


@pytest.mark.parametrize(
    "text", ["{}", '{"type":5}', '{"type":"later"}', '{"user_audio_chunk":"x"}']
)
def test_unknown_types_are_ignored(text: str):
    assert wire.decode(text) == wire.Ignored()


def test_a_client_tools_result_may_be_any_json():
    event = decoded("client_tool_result_json")

    assert isinstance(event, wire.ClientToolResult)
    json.loads(event.result)


def test_server_frames_are_the_golden_ones():
    formats = ("pcm_16000", "pcm_16000")
    event = golden("conversation_initiation_metadata")["conversation_initiation_metadata_event"]
    call = golden("client_tool_call")["client_tool_call"]
    told = golden("agent_tool_response_end_call")["agent_tool_response"]
    start = golden("agent_chat_response_part_start")["text_response_part"]
    said = golden("agent_response")["agent_response_event"]

    assert frames.metadata(event["conversation_id"], formats) == golden(
        "conversation_initiation_metadata"
    )
    assert frames.part("", "start", start["event_id"]) == golden("agent_chat_response_part_start")
    assert frames.agent_response(said["agent_response"], said["event_id"]) == golden(
        "agent_response"
    )
    assert frames.ping(golden("ping")["ping_event"]["event_id"], None) == golden("ping")
    assert frames.client_tool_call(
        ToolCall(call["tool_call_id"], call["tool_name"], call["parameters"]), call["event_id"]
    ) == golden("client_tool_call")
    result = ToolResult(told["tool_call_id"], "end_call", "", kind=ToolKind.SYSTEM)
    assert frames.agent_tool_response(result, told["event_id"]) == golden(
        "agent_tool_response_end_call"
    )


def test_a_close_reason_fits_its_frame():
    assert len(frames.close_reason("ä" * 200).encode()) <= 123
