"""The browser SDK in Node: functions of the page, and the agent that ends the conversation."""

from __future__ import annotations

from typing import Any

import pytest

from .browser_sdk import Play
from .in_node import needs_node
from .live_place import Place, client_tool

pytestmark = [needs_node, pytest.mark.xdist_group("live sdk")]
TELLS = {"client_events": ["agent_response", "agent_tool_request", "agent_tool_response"]}
END_CALL = {"type": "system", "name": "end_call", "params": {"system_tool_type": "end_call"}}


def agent_with(place: Place, *tools: dict[str, Any], **built_in: Any) -> str:
    prompt = {"tools": list(tools), "built_in_tools": built_in}
    return place.agent(agent={"prompt": prompt}, conversation=TELLS, turn={"turn_timeout": -1})


@pytest.mark.parametrize(
    ("does", "model_hears", "fails"),
    [
        ({"returns": {"beans": 2}}, '{"beans":2}', False),
        ({"returns": "two bags"}, "two bags", False),
        ({"returns": 0}, "0", False),
        ({}, "Client tool execution successful.", False),
        ({"throws": "no basket"}, "Client tool execution failed: no basket", True),
        (None, "Client tool with name basket is not defined on client", True),
    ],
    ids=["object", "text", "number", "nothing", "throws", "unregistered"],
)
def test_what_a_function_of_the_page_returns_reaches_the_model(
    place: Place, node: Play, does: dict[str, Any] | None, model_hears: str, fails: bool
) -> None:
    tools = {} if does is None else {"basket": does}
    talk = place.browser(node, agent_with(place, client_tool("basket")), tools=tools)
    talk.until("onMessage")

    answer = talk.asks('tool:basket {"word": "top"}')

    assert answer == f"The tool said: {model_hears}"
    if does is not None:
        assert talk.heard("tool basket") == [{"word": "top"}]
    request, response = talk.until("onAgentToolRequest"), talk.until("onAgentToolResponse")
    assert request["tool_call_id"] == response["tool_call_id"]
    assert (request["tool_name"], request["tool_type"]) == ("basket", "client")
    assert (response["is_error"], response["is_called"]) == (fails, True)
    order = [kind for kind in talk.types() if "tool" in kind]
    assert order == ["agent_tool_request", "client_tool_call", "agent_tool_response"]
    assert talk.types()[-1] == "agent_response"
    talk.end()
    results = [r for turn in place.ended(talk.id)["transcript"] for r in turn["tool_results"]]
    assert [(one["result_value"], one["is_error"]) for one in results] == [(model_hears, fails)]


def test_a_late_function_is_not_waited_for_and_its_result_does_no_harm(
    place: Place, node: Play
) -> None:
    slow = client_tool("basket", response_timeout_secs=1)
    tools = {"basket": {"returns": "LATE BEANS", "after": 1500}}
    talk = place.browser(node, agent_with(place, slow), tools=tools)
    talk.until("onMessage")

    answer = talk.asks("tool:basket {}")
    talk.until("onOutgoingEvent", 1, type="client_tool_result")
    after = talk.asks("stub:echo go on")

    assert "did not answer" in answer
    assert after == "stub:echo go on"
    told = [m for body in place.model.about("go on") for m in body["messages"]]
    assert "LATE BEANS" not in str(told)
    assert talk.until("onAgentToolResponse")["is_error"]
    talk.end()


def test_a_function_that_nobody_waits_for_is_called_all_the_same(place: Place, node: Play) -> None:
    signal = client_tool("confetti", expects_response=False)
    tools = {"confetti": {"after": 60_000}}
    talk = place.browser(node, agent_with(place, signal), tools=tools)
    talk.until("onMessage")

    answer = talk.asks("tool:confetti {}")

    assert answer == "The tool said: Tool Called."
    assert talk.heard("tool confetti") == [{}]
    talk.end()


def test_two_functions_at_once_are_both_answered(place: Place, node: Play) -> None:
    tools = {"basket": {"returns": "beans", "after": 50}, "shelf": {"returns": "tea"}}
    agent_id = agent_with(place, client_tool("basket"), client_tool("shelf"))
    talk = place.browser(node, agent_id, tools=tools)
    talk.until("onMessage")

    answer = talk.asks("tool:basket {} tool:shelf {}")

    assert answer == "The tool said: beans | tea"
    talk.end()


def test_an_agent_says_goodbye_before_it_ends_the_conversation(place: Place, node: Play) -> None:
    talk = place.browser(node, agent_with(place, end_call=END_CALL))
    talk.until("onMessage")

    talk.do("sendUserMessage", 'tool:end_call {"reason": "done", "message": "Goodbye!"}')
    bye = talk.until("onDisconnect")

    assert bye["reason"] == "agent"
    assert bye["context"]["type"] == "end_call"
    order = [kind for kind in talk.types() if kind != "ping"]
    assert order == ["agent_response", "agent_response", "agent_tool_request", order[-1]]
    assert order[-1] == "agent_tool_response"
    assert talk.heard("onMessage")[-1]["message"] == "Goodbye!"
    response = talk.until("onAgentToolResponse")
    assert (response["tool_name"], response["tool_type"]) == ("end_call", "system")
    assert not response["is_error"]
    found = place.ended(talk.id)
    assert found["metadata"]["termination_reason"] == "The agent ended the conversation."
