"""Search in what was said, over REST."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations.models import Outcome, StoredTurn
from dashboard.engine.turns import agent as agent_says
from dashboard.engine.turns import visitor

from .conftest import Caller
from .talks import judge, make_talk, say

pytestmark = pytest.mark.both_profiles
PATH = "/convai/conversations/messages/text-search"


def test_a_message_is_told_with_its_place_and_its_hits(ask: Caller, agent: Agent) -> None:
    talk = make_talk(agent)
    say(talk, agent_says("Hello!"), visitor("Where is my Order 4711?"))

    got = ask.get(f"{PATH}?text_query=order").json()

    [result] = got["results"]
    assert (result["conversation_id"], result["agent_name"]) == (talk.pk, "Barista")
    assert (result["transcript_index"], result["score"] > 0) == (1, True)
    assert result["chunk_text"] == "Where is my Order 4711?"
    assert result["chunk_highlights"] == [
        {"value": "Where is my ", "is_hit": False},
        {"value": "Order", "is_hit": True},
        {"value": " 4711?", "is_hit": False},
    ]
    assert (got["meta"], got["next_cursor"], got["has_more"]) == ({}, None, False)


def test_the_best_comes_first_unless_the_newest_is_wanted(ask: Caller, agent: Agent) -> None:
    say(make_talk(agent), visitor("Refund, refund!"))
    say(make_talk(agent), visitor("I was told about some refunds long ago, by a friend of mine."))

    def texts(query: str) -> list[str]:
        got = ask.get(f"{PATH}?text_query=refund{query}").json()["results"]
        return [result["chunk_text"].split()[0] for result in got]

    assert texts("") == ["Refund,", "I"]
    assert texts("&sort_by=created_at") == ["I", "Refund,"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("BLÅBÆR", 1), ("blåb", 1), ("shop example", 1), ("nor", 1), ("3 5", 1), ("it s", 1)],
)
def test_words_are_found_by_their_beginnings(
    ask: Caller, agent: Agent, query: str, found: int
) -> None:
    said = "It's 3.5 kg Blåbær from https://shop.example/nordic?x=1, mail to post@shop.example!"
    say(make_talk(agent), visitor(said), visitor("Something else."))

    assert len(ask.get(f"{PATH}?text_query={quote(query)}").json()["results"]) == found


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "'",
        "*",
        "(",
        "AND",
        "NEAR(a b)",
        "a* OR",
        "message:x",
        "-x",
        "x & | !",
        "\\",
        "a'b:*",
        "^",
        "{x}",
        "🐙",
        "x" * 500,
        "a " * 250,
        "%",
        "<->",
        ":*",
    ],
)
@pytest.mark.parametrize("path", [f"{PATH}?text_query=", "/convai/conversations?search="])
def test_no_sign_is_a_mistake(ask: Caller, agent: Agent, path: str, query: str) -> None:
    say(make_talk(agent), visitor("Hello there"))

    assert ask.get(path + quote(query)).status_code == 200


@pytest.mark.parametrize("sort_by", ["search_score", "created_at"])
def test_pages_join_up_while_more_is_said(ask: Caller, agent: Agent, sort_by: str) -> None:
    for n in range(7):
        say(make_talk(agent), visitor(f"Tea number {n}" + " again" * (n % 3)))
    seen, cursor = [], ""

    while True:
        got = ask.get(f"{PATH}?text_query=tea&page_size=3&sort_by={sort_by}{cursor}").json()
        seen += [result["chunk_text"] for result in got["results"]]
        say(make_talk(agent), visitor("Tea number 99"))
        if not got["has_more"]:
            break
        cursor = f"&cursor={got['next_cursor']}"

    assert len(seen) == len(set(seen)) == 7


def test_it_can_be_narrowed_like_the_list(ask: Caller, agent: Agent) -> None:
    good, bad = make_talk(agent), make_talk(agent)
    for talk in (good, bad):
        say(talk, visitor("Tea, please"))
    judge(good), judge(bad, Outcome.FAILURE)

    got = ask.get(f"{PATH}?text_query=tea&call_successful=failure").json()["results"]

    assert [result["conversation_id"] for result in got] == [bad.pk]


@pytest.mark.parametrize(
    "query", ["", "text_query=x&page_size=51", "text_query=x&sort_by=luck", "text_query=x&cursor=x"]
)
def test_a_search_that_makes_no_sense_is_a_422(ask: Caller, query: str) -> None:
    assert ask.get(f"{PATH}?{query}").status_code == 422


@pytest.mark.parametrize(
    "made", [["created_at", 1, 1, 1], ["search_score", "x", 1, 1], ["search_score", 1, 2**64, 1], 5]
)
def test_a_forged_cursor_is_a_422(ask: Caller, made: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(made).encode()).decode()

    assert ask.get(f"{PATH}?text_query=x&cursor={cursor}").status_code == 422


def test_what_is_corrected_or_deleted_is_no_longer_found(ask: Caller, agent: Agent) -> None:
    talk, other = make_talk(agent), make_talk(agent)
    say(talk, visitor("Tea"))
    say(other, visitor("Tea"))

    StoredTurn.objects.filter(conversation=other).update(message="Coffee")
    ask.delete(f"/convai/conversations/{talk.pk}")

    assert ask.get(f"{PATH}?text_query=tea").json()["results"] == []
    assert len(ask.get(f"{PATH}?text_query=coffee").json()["results"]) == 1


def test_a_page_takes_four_queries(
    ask: Caller, agent: Agent, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        say(make_talk(agent), visitor("Tea"))

    with django_assert_num_queries(4):  # the key, what matches, what of it is wanted, shown
        assert len(ask.get(f"{PATH}?text_query=tea").json()["results"]) == 5


def test_cleo_finds_nothing(cleo_asks: Caller, agent: Agent) -> None:
    say(make_talk(agent), visitor("Tea"))

    assert cleo_asks.get(f"{PATH}?text_query=tea").json()["results"] == []


@pytest.mark.parametrize("said", ["안녕하세요", "हिन्दी", "Crème", "ΑΘΗΝΑ", "Straße", "日本語"])
def test_a_word_of_any_language_is_found_as_it_was_written(
    ask: Caller, agent: Agent, said: str
) -> None:
    say(make_talk(agent), visitor(f"Well: {said}!"))

    assert len(ask.get(f"{PATH}?text_query={said}").json()["results"]) == 1
    assert len(ask.get(f"/convai/conversations?search={said}").json()["conversations"]) == 1
