"""Conversations over REST: the whole document, deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations.models import Analysis, Conversation, Status, StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.engine.turns import (
    Excerpt,
    Role,
    ToolCall,
    ToolKind,
    ToolResult,
    Turn,
    Usage,
    visitor,
)
from dashboard.engine.turns import (
    agent as agent_says,
)

from .conftest import Caller
from .talks import NOON, judge, make_talk

pytestmark = pytest.mark.both_profiles

TURNS = [
    agent_says("Hello!"),
    visitor("Where is my order?"),
    Turn(Role.AGENT, tool_calls=(ToolCall("c1", "find_order", {"number": 7}),)),
    Turn(
        Role.AGENT,
        tool_results=(ToolResult("c1", "find_order", '{"at": "sea"}', kind=ToolKind.WEBHOOK),),
    ),
    Turn(
        Role.AGENT,
        "It is at sea",
        interrupted=True,
        sources=(Excerpt("doc_1", "p3", "Shipping", "Ships are slow.", 0.25),),
        usage=Usage("gpt-4o", 120, 8),
    ),
    Turn(Role.AGENT, tool_calls=(ToolCall("c2", "end_call", {"reason": "bye"}),)),
    Turn(Role.AGENT, tool_results=(ToolResult("c2", "end_call", "Ends.", kind=ToolKind.SYSTEM),)),
]


def tell(talk: Conversation) -> None:
    for number, turn in enumerate(TURNS):
        StoredTurn.objects.create(
            conversation=talk,
            number=number,
            event_id=number + 1,
            seconds_in=number * 1.5,
            metrics={"first_delta": 0.25} if turn.usage else {},
            **as_row(turn),
        )


def test_the_whole_conversation_is_told(ask: Caller, talk: Conversation, agent: Agent) -> None:
    tell(talk)

    told = ask.get(f"/convai/conversations/{talk.pk}").json()

    assert told["conversation_id"] == talk.pk
    assert told["agent_id"] == agent.pk
    assert told["status"] == "done"
    assert told["user_id"] == "visitor-1"
    audio = ("has_audio", "has_user_audio", "has_response_audio", "has_auxiliary_audio")
    assert [told[name] for name in audio] == [False] * 4
    assert [turn["role"] for turn in told["transcript"]] == ["agent", "user"] + ["agent"] * 5
    assert (told["user_message_count"], told["agent_message_count"]) == (1, 2)
    meta = told["metadata"]
    assert meta["start_time_unix_secs"] == int(NOON.timestamp())
    assert meta["call_duration_secs"] == 42
    assert meta["termination_reason"] == "end_call"
    assert meta["authorization_method"] == "signed_url"
    assert meta["conversation_initiation_source"] == "python_sdk"
    assert meta["text_only"] is True
    assert meta["charging"]["is_burst"] is False
    assert meta["error"] is None


def test_every_turn_has_the_ten_keys(ask: Caller, talk: Conversation) -> None:
    tell(talk)

    turns = ask.get(f"/convai/conversations/{talk.pk}").json()["transcript"]

    ten = {
        "role", "message", "tool_calls", "tool_results", "feedback", "llm_override",
        "time_in_call_secs", "conversation_turn_metrics", "rag_retrieval_info", "llm_usage",
    }  # fmt: skip
    assert all(ten <= set(turn) for turn in turns)
    assert [turn["time_in_call_secs"] for turn in turns] == [0, 1, 3, 4, 6, 7, 9]


def test_tools_keep_the_names_of_the_wire(ask: Caller, talk: Conversation) -> None:
    tell(talk)

    turns = ask.get(f"/convai/conversations/{talk.pk}").json()["transcript"]

    assert turns[2]["message"] is None
    assert turns[2]["tool_calls"] == [
        {
            "type": "webhook",
            "request_id": "c1",
            "tool_name": "find_order",
            "params_as_json": '{"number": 7}',
            "tool_has_been_called": False,
            "tool_details": None,
        }
    ]
    [result] = turns[3]["tool_results"]
    assert result["result_value"] == '{"at": "sea"}'
    assert (result["is_error"], result["tool_has_been_called"]) == (False, True)
    assert turns[6]["tool_results"][0]["result"] == {
        "result_type": "end_call_success",
        "status": "success",
        "reason": "bye",
    }


def test_an_answer_tells_its_sources_and_its_cost(ask: Caller, talk: Conversation) -> None:
    tell(talk)

    turn = ask.get(f"/convai/conversations/{talk.pk}").json()["transcript"][4]

    assert turn["interrupted"] is True
    assert turn["rag_retrieval_info"]["chunks"] == [
        {"document_id": "doc_1", "chunk_id": "p3", "vector_distance": 0.25}
    ]
    assert turn["rag_retrieval_info"]["retrieval_query"] == "Where is my order?"
    usage = turn["llm_usage"]["model_usage"]["gpt-4o"]
    assert (usage["input"]["tokens"], usage["output_total"]["tokens"]) == (120, 8)
    assert turn["conversation_turn_metrics"]["metrics"]["first_delta"]["elapsed_time"] == 0.25


def test_the_analysis_is_null_until_it_is_done(ask: Caller, agent: Agent) -> None:
    talk = make_talk(agent, status=Status.PROCESSING)
    judge(talk)  # a try that has not been closed

    told = ask.get(f"/convai/conversations/{talk.pk}").json()

    assert told["analysis"] is None
    [line] = ask.get("/convai/conversations").json()["conversations"]
    assert line["call_successful"] == "unknown"


def test_the_analysis_always_gives_a_reason(ask: Caller, make_agent: Callable[..., Agent]) -> None:
    asked = {"mood": {"type": "string", "description": "How they feel"}}
    agent = make_agent(platform_settings={"data_collection": asked})
    talk = make_talk(agent)
    judge(
        talk,
        verdicts=[{"id": "kind", "name": "Kind", "outcome": "failure", "rationale": "Cold."}],
        collected=[{"id": "mood", "value": "calm"}, {"id": "gone", "value": None}],
    )

    analysis = ask.get(f"/convai/conversations/{talk.pk}").json()["analysis"]

    assert analysis["call_successful"] == "success"
    assert analysis["transcript_summary"] == "They asked."
    assert analysis["call_summary_title"] == "A late ship"
    verdict = {"criteria_id": "kind", "result": "failure", "rationale": "Cold."}
    assert analysis["evaluation_criteria_results"] == {"kind": verdict}
    assert analysis["evaluation_criteria_results_list"] == [verdict]
    mood = analysis["data_collection_results"]["mood"]
    assert (mood["value"], mood["rationale"]) == ("calm", "")
    assert mood["json_schema"]["description"] == "How they feel"
    assert len(analysis["data_collection_results_list"]) == 2


def test_what_only_headers_may_carry_is_never_told(ask: Caller, agent: Agent) -> None:
    variables = {"name": "Ada", "secret__token": "hush-hush"}
    talk = make_talk(agent, initiation={"dynamic_variables": variables})

    response = ask.get(f"/convai/conversations/{talk.pk}")

    told = response.json()["conversation_initiation_client_data"]
    assert told["dynamic_variables"] == {"name": "Ada"}
    assert b"hush-hush" not in response.content


def test_trouble_is_told_with_its_reason(ask: Caller, agent: Agent) -> None:
    trouble = {"code": 1011, "reason": "The server stopped."}
    talk = make_talk(agent, status=Status.FAILED, trouble=trouble, warnings=["Another model."])

    meta = ask.get(f"/convai/conversations/{talk.pk}").json()["metadata"]

    assert meta["error"] == trouble
    assert meta["warnings"] == ["Another model."]


def test_one_conversation_takes_four_queries(
    ask: Caller, talk: Conversation, django_assert_num_queries: Any
) -> None:
    tell(talk)
    judge(talk, verdicts=[], collected=[{"id": "x", "value": 1}])

    with django_assert_num_queries(4):  # the key, the conversation, its turns, its files
        ask.get(f"/convai/conversations/{talk.pk}")


def test_a_deleted_conversation_is_gone_with_its_turns(ask: Caller, talk: Conversation) -> None:
    tell(talk)
    judge(talk)

    assert ask.delete(f"/convai/conversations/{talk.pk}").status_code == 200

    assert ask.get(f"/convai/conversations/{talk.pk}").status_code == 404
    assert not StoredTurn.objects.exists()
    assert not Analysis.objects.exists()


def test_a_conversation_that_is_going_on_is_not_deleted(ask: Caller, agent: Agent) -> None:
    talk = make_talk(agent, status=Status.IN_PROGRESS)

    response = ask.delete(f"/convai/conversations/{talk.pk}")

    assert response.status_code == 400
    assert response.json()["detail"]["status"] == "conversation_in_progress"
    assert Conversation.objects.filter(pk=talk.pk).exists()


def test_cleo_sees_and_deletes_nothing(cleo_asks: Caller, talk: Conversation) -> None:
    path = f"/convai/conversations/{talk.pk}"

    assert cleo_asks.get(path).status_code == 404
    assert cleo_asks.delete(path).status_code == 404
    assert cleo_asks.get("/convai/conversations").json()["conversations"] == []
    assert cleo_asks.get(f"/convai/conversations?agent_id={talk.agent_id}").json() == {
        "conversations": [],
        "next_cursor": None,
        "has_more": False,
    }
    assert Conversation.objects.filter(pk=talk.pk).exists()
