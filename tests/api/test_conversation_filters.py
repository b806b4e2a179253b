"""Every filter of the list of conversations, over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations import facts
from dashboard.conversations.filters import FEW
from dashboard.conversations.models import Conversation, Outcome, Status
from dashboard.engine.turns import Role, ToolCall, ToolKind, ToolResult, Turn, visitor

from .conftest import Caller
from .talks import judge, make_talk, say

pytestmark = pytest.mark.both_profiles
PATH = "/convai/conversations"


def used(name: str, *, is_error: bool = False, **more: Any) -> tuple[Turn, Turn]:
    """A tool was called, and answered."""
    result = ToolResult(name, name, "…", is_error, kind=ToolKind.WEBHOOK, **more)
    return (
        Turn(Role.AGENT, tool_calls=(ToolCall(name, name, {"n": 1}),)),
        Turn(Role.AGENT, tool_results=(result,)),
    )


@pytest.fixture
def names(ask: Caller) -> Callable[[str, dict[str, Conversation]], set[str]]:
    """Which of the named conversations a query shows."""

    def shown(query: str, talks: dict[str, Conversation]) -> set[str]:
        response = ask.get(f"{PATH}?{query}")
        assert response.status_code == 200, response.content
        ids = {line["conversation_id"] for line in response.json()["conversations"]}
        return {name for name, talk in talks.items() if talk.pk in ids}

    return shown


Shown = Callable[[str, dict[str, Conversation]], set[str]]


def test_by_length_and_by_what_the_visitor_thought(agent: Agent, names: Shown) -> None:
    talks = {
        "short": make_talk(agent, lasted=5, rating=1, comment="Slow.", has_comment=True),
        "long": make_talk(agent, lasted=500, rating=5),
        "unrated": make_talk(agent, lasted=42),
    }

    assert names("call_duration_min_secs=42", talks) == {"long", "unrated"}
    assert names("call_duration_max_secs=42", talks) == {"short", "unrated"}
    assert names("rating_min=2", talks) == {"long"}
    assert names("rating_max=4", talks) == {"short"}
    assert names("has_feedback_comment=true", talks) == {"short"}
    assert names("has_feedback_comment=false", talks) == {"long", "unrated"}


def test_by_verdicts(agent: Agent, names: Shown) -> None:
    talks = {"kind": make_talk(agent), "rude": make_talk(agent), "unjudged": make_talk(agent)}
    verdict = {"id": "kind:to all", "name": "Kind", "rationale": ""}
    judge(talks["kind"], verdicts=[verdict | {"outcome": "success"}])
    judge(talks["rude"], Outcome.FAILURE, verdicts=[verdict | {"outcome": "failure"}])

    assert names(f"evaluation_params={quote('kind:to all:success')}", talks) == {"kind"}
    assert names(f"evaluation_params={quote('kind:to all:failure')}", talks) == {"rude"}
    assert names("evaluation_params=other:failure", talks) == set()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("amount:eq:9", {"nine"}),
        ("amount:neq:9", {"hundred"}),
        ("amount:gt:9", {"hundred"}),  # as text, 100 would be less than 9
        ("amount:gte:9", {"nine", "hundred"}),
        ("amount:lt:99.5", {"nine"}),
        ("amount:lte:9", {"nine"}),
        ("amount:in:9|100|x", {"nine", "hundred"}),
        ("amount:missing", {"unsaid", "unjudged"}),
        ("amount:missing:", {"unsaid", "unjudged"}),
        ("amount:eq:", {"unsaid", "unjudged"}),
        ("amount:neq:", {"nine", "hundred"}),
        ("amount:exists:", {"nine", "hundred"}),
        ("mood:eq:very calm: really", {"nine"}),
        ("paid:eq:true", {"hundred"}),
    ],
)
def test_by_what_was_collected(
    agent: Agent, names: Shown, condition: str, expected: set[str]
) -> None:
    talks = {name: make_talk(agent) for name in ("nine", "hundred", "unsaid", "unjudged")}
    mood = {"id": "mood", "value": "very calm: really"}
    judge(talks["nine"], collected=[{"id": "amount", "value": 9}, mood])
    judge(
        talks["hundred"],
        collected=[{"id": "amount", "value": "100"}, {"id": "paid", "value": True}],
    )
    judge(talks["unsaid"], collected=[{"id": "amount", "value": None}])

    assert names(f"data_collection_params={quote(condition)}", talks) == expected
    assert names(f"data_collection_filter={quote(condition)}", talks) == expected


def test_by_dynamic_variables_and_never_by_secret_ones(agent: Agent, names: Shown) -> None:
    sent = {"plan": "gold", "age": 41, "secret__pin": "1234"}
    talks = {"gold": make_talk(agent, initiation={"dynamic_variables": sent})}
    talks["none"] = make_talk(agent, initiation={"dynamic_variables": ["odd"]})
    for talk in talks.values():
        say(talk)

    assert names("dynamic_variable_params=plan:eq:gold", talks) == {"gold"}
    assert names(
        "dynamic_variable_params=age:gt:40&dynamic_variable_params=plan:in:x|gold", talks
    ) == {"gold"}
    assert names("dynamic_variable_params=age:gt:41", talks) == set()
    assert names("dynamic_variable_filter=plan:eq:", talks) == {"none"}
    assert names("dynamic_variable_params=secret__pin:eq:1234", talks) == set()


def test_by_tools(agent: Agent, names: Shown) -> None:
    talks = {name: make_talk(agent) for name in ("found", "erred", "unknown", "silent")}
    say(talks["found"], *used("find", tool_id="tool_1"))
    say(talks["erred"], *used("find", is_error=True), *used("hello"))
    lost = ToolResult("c1", "lost", "There is no tool named lost.", is_error=True)
    say(
        talks["unknown"],
        Turn(Role.AGENT, tool_calls=(ToolCall("c1", "lost"),)),
        Turn(Role.AGENT, tool_results=(lost,)),
    )
    say(talks["silent"], visitor("Hm."))

    assert names("tool_names=find", talks) == {"found", "erred"}
    assert names("tool_names=find&tool_names=lost", talks) == {"found", "erred"}
    assert names("tool_names=lost&include_invalid_tool_calls=true", talks) == {"unknown"}
    assert names("tool_names_successful=find", talks) == {"found"}
    assert names("tool_names_errored=find", talks) == {"erred"}
    assert names("tool_names=hello&tool_names_errored=find", talks) == {"erred"}
    assert names("tool_ids=tool_1", talks) == {"found"}
    assert names("tool_ids_errored=tool_1", talks) == set()


def test_by_what_was_said(agent: Agent, names: Shown) -> None:
    talks = {"order": make_talk(agent), "hours": make_talk(agent)}
    say(talks["order"], visitor("Where is my order, please?"))
    say(talks["hours"], visitor("When do you open?"))

    assert names("search=ORDER", talks) == {"order"}
    assert names("search=ord+wher", talks) == {"order"}
    assert names("search=order+open", talks) == set()
    assert names("search=%22%28%2A%3A%5E", talks) == set()


def test_more_matches_than_are_looked_up_one_by_one(agent: Agent, names: Shown) -> None:
    talks = {name: make_talk(agent) for name in ("busy", "calm", "other")}
    say(talks["busy"], *[visitor("Hello there")] * (FEW + 1))
    say(talks["calm"], visitor("Hello there"), *used("find"))
    judge(talks["calm"], collected=[{"id": "amount", "value": 3}])
    kept = facts.in_analysis([], [{"id": "amount", "value": 4}])
    facts.keep(talks["busy"], kept * (FEW + 1))

    assert names("search=hello", talks) == {"busy", "calm"}
    assert names("data_collection_params=amount:gt:2", talks) == {"busy", "calm"}
    assert names("data_collection_params=amount:missing", talks) == {"other"}


@pytest.mark.parametrize(
    "query",
    [
        "branch_id=agtbrch_1",
        "topic_ids=t1",
        "tag_ids=t1&tag_ids=t2",
        "guardrail_types=custom",
        "custom_guardrail_names=x",
        "visited_agent_branch_ids=b",
        "triggered_procedure_ids=p",
        "workflow_node_entered_id=n",
        "parent_conversation_id=conv_1",
        "phone_number_ids=p",
        "whatsapp_phone_number_ids=p",
        "conversation_product_type=speech_engine",
        "visited_agent_ids=agent_other",
        "exclude_statuses=done&status=done",
    ],
)
def test_what_nothing_here_can_match_gives_an_empty_page(
    ask: Caller, talk: Conversation, query: str
) -> None:
    got = ask.get(f"{PATH}?{query}").json()

    assert got == {"conversations": [], "next_cursor": None, "has_more": False}


def test_what_everything_here_matches_hides_nothing(ask: Caller, talk: Conversation) -> None:
    query = f"conversation_product_type=agents&visited_agent_ids={talk.agent_id}&branch_id="

    assert len(ask.get(f"{PATH}?{query}").json()["conversations"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        "evaluation_params=polite",
        "evaluation_params=polite:great",
        "evaluation_params=:success",
        "data_collection_params=amount",
        "data_collection_params=amount:near:5",
        "data_collection_params=amount:gt:five",
        "data_collection_params=amount:gt:",
        "data_collection_params=:eq:5",
        "data_collection_filter=amount:lt:1_0",
        "dynamic_variable_params=plan:like:g",
        "dynamic_variable_filter=",
        "rating_min=0",
        "rating_max=6",
        "call_duration_min_secs=-1",
        "call_duration_max_secs=99999999999",
        "has_feedback_comment=maybe",
        "exclude_statuses=asleep",
        "conversation_product_type=fax",
        "summary_mode=some",
        "tool_names=" + "x" * 1001,
    ],
)
def test_a_filter_that_makes_no_sense_names_itself(
    ask: Caller, talk: Conversation, query: str
) -> None:
    response = ask.get(f"{PATH}?{query}")

    assert response.status_code == 422, response.content
    assert response.json()["detail"][0]["loc"][:2] == ["query", query.split("=")[0]]


def test_results_stand_in_the_list_when_they_are_named(ask: Caller, agent: Agent) -> None:
    talk = make_talk(agent)
    say(talk, visitor("Hi"), *used("find"))
    verdicts = [{"id": "kind", "name": "Kind", "outcome": "failure", "rationale": "Cold."}]
    judge(talk, verdicts=verdicts, collected=[{"id": "mood", "value": "calm"}])

    [plain] = ask.get(PATH).json()["conversations"]
    query = "evaluation_criteria_ids=kind&data_collection_ids=mood&data_collection_ids=other"
    [line] = ask.get(f"{PATH}?{query}").json()["conversations"]

    assert (plain["evaluation_criteria_results"], plain["data_collection_results"]) == (None, None)
    assert line["evaluation_criteria_results"] == {"kind": {"result": "failure"}}
    assert line["data_collection_results"] == {"mood": "calm"}
    assert line["tool_names"] == ["find"]
    assert (line["message_count"], line["user_message_count"]) == (1, 1)


def test_a_narrowed_page_takes_few_queries(
    ask: Caller, agent: Agent, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        talk = make_talk(agent)
        say(talk, visitor("Hello"), *used("find"))
        judge(talk, verdicts=[{"id": "kind", "outcome": "success"}])

    query = "evaluation_params=kind:success&tool_names=find&search=hello&summary_mode=include"
    query += "&evaluation_criteria_ids=kind&data_collection_ids=x"
    with django_assert_num_queries(5):  # the key, the verdicts, the tools, the words, the page
        assert len(ask.get(f"{PATH}?{query}").json()["conversations"]) == 5


def test_cleos_filters_find_nothing_of_adas(cleo_asks: Caller, agent: Agent) -> None:
    talk = make_talk(agent, status=Status.DONE)
    say(talk, visitor("Hello"), *used("find"))
    judge(talk, verdicts=[{"id": "kind", "outcome": "success"}])

    for query in ("tool_names=find", "search=hello", "evaluation_params=kind:success"):
        assert cleo_asks.get(f"{PATH}?{query}").json()["conversations"] == []
