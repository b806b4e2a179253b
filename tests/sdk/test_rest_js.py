"""The vendor's JavaScript SDK against a real server: it throws where an answer lacks a key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import ParleyServer
from .in_node import needs_node, node
from .talking import judged_talk

pytestmark = needs_node


@pytest.fixture(scope="module")
def conversation_id(parley_server: ParleyServer) -> str:
    """A conversation that is over and judged."""
    return judged_talk(parley_server, "Where is my order?")


@pytest.fixture(scope="module")
def understood(parley_server: ParleyServer, conversation_id: str) -> dict[str, Any]:
    """What the script printed, after it has made, changed, listed and deleted an agent."""
    said = node("rest.mjs", parley_server, CONVERSATION_ID=conversation_id)
    return dict(json.loads(said))


def test_an_agent_is_made_as_documented(understood: dict[str, Any]) -> None:
    assert understood["read"]["name"] == "My Chat Agent"
    assert understood["read"]["agentId"] == understood["agentId"]
    assert understood["read"]["conversationConfig"]["conversation"]["textOnly"] is True


def test_an_update_merges_as_documented(understood: dict[str, Any]) -> None:
    limits = {"agentConcurrencyLimit": -1, "dailyLimit": 1000, "burstingEnabled": True}

    for told in (understood["updated"], understood["read"]):
        assert limits.items() <= told["platformSettings"]["callLimits"].items()


def test_what_strict_parsing_has_an_opinion_on_is_read_back(understood: dict[str, Any]) -> None:
    prompt = understood["read"]["conversationConfig"]["agent"]["prompt"]
    settings = understood["read"]["platformSettings"]

    assert prompt["builtInTools"]["endCall"]["params"]["systemToolType"] == "end_call"
    assert prompt["knowledgeBase"][0]["usageMode"] == "auto"
    assert settings["auth"]["allowlist"] == [{"hostname": "localhost:3000"}]
    assert settings["evaluation"]["criteria"][0]["conversationGoalPrompt"] == "Was it kind?"
    assert settings["dataCollection"]["mood"]["type"] == "string"
    assert understood["read"]["workflow"]["nodes"]["a"]["position"] == {"x": 1, "y": 2}


def test_lists_and_the_widget_can_be_parsed(understood: dict[str, Any]) -> None:
    lines = {line["agentId"]: line for line in understood["listed"]["agents"]}

    line = lines[understood["agentId"]]

    assert line["accessInfo"]["role"] == "admin"
    assert understood["widget"]["widgetConfig"]["textOnly"] is True
    assert understood["signed"]["signedUrl"].startswith("ws://")


def test_a_judged_conversation_can_be_parsed(
    understood: dict[str, Any], conversation_id: str
) -> None:
    told = understood["told"]
    analysis = told["analysis"]

    assert told["conversationId"] == conversation_id
    assert [turn["role"] for turn in told["transcript"]] == ["user", "agent"]
    assert told["transcript"][0]["message"] == "Where is my order?"
    assert told["metadata"]["charging"]["isBurst"] is False
    assert analysis["callSuccessful"] in ("success", "failure", "unknown")
    assert analysis["evaluationCriteriaResults"]["kind"]["criteriaId"] == "kind"
    assert analysis["dataCollectionResults"]["mood"]["dataCollectionId"] == "mood"
    assert conversation_id in [t["conversationId"] for t in understood["talks"]["conversations"]]


def test_refusals_become_the_sdks_errors(understood: dict[str, Any]) -> None:
    assert understood["refusals"]["missing"][1] == 404
    assert understood["refusals"]["wrong"] == ["UnprocessableEntityError", 422]
