"""What visitors think of a conversation, from any page."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations.models import Conversation, Status

from .conftest import Caller
from .talks import make_talk

pytestmark = pytest.mark.both_profiles


def feedback_of(ask: Caller, talk: Conversation) -> dict[str, Any]:
    told: dict[str, Any] = ask.get(f"/convai/conversations/{talk.pk}").json()
    found: dict[str, Any] = told["metadata"]["feedback"]
    return found


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.PROCESSING, Status.DONE])
def test_a_thumb_is_kept_and_taken_back(
    ask: Caller, stranger: Caller, agent: Agent, status: Status
) -> None:
    talk = make_talk(agent, status=status)
    path = f"/convai/conversations/{talk.pk}/feedback"

    assert stranger.post(path, {"feedback": "like"}).status_code == 200
    liked = feedback_of(ask, talk)
    assert stranger.post(path, {"feedback": None}).status_code == 200
    neither = feedback_of(ask, talk)

    assert liked == {
        "type": "thumbs",
        "overall_score": "like",
        "likes": 1,
        "dislikes": 0,
        "rating": None,
        "comment": None,
    }
    assert (neither["type"], neither["overall_score"], neither["likes"]) == (None, None, 0)


def test_a_comment_comes_after_the_stars(ask: Caller, stranger: Caller, talk: Conversation) -> None:
    path = f"/convai/conversations/{talk.pk}/feedback"

    stranger.post(path, {"rating": 2})
    stranger.post(path, {"rating": 2, "comment": " Too slow. "})

    feedback = feedback_of(ask, talk)
    assert (feedback["type"], feedback["rating"]) == ("rating", 2)
    assert feedback["comment"] == "Too slow."
    [line] = ask.get("/convai/conversations?has_feedback_comment=true").json()["conversations"]
    assert line["rating"] == 2


def test_pages_of_any_host_may_send_it(stranger: Caller, talk: Conversation) -> None:
    path = f"/convai/conversations/{talk.pk}/feedback"

    asked = stranger("OPTIONS", path, Origin="https://shop.example")
    sent = stranger.post(path, {"rating": 5}, Origin="https://shop.example")
    refused = stranger.post(path, {"rating": 9}, Origin="https://shop.example")

    assert asked.status_code == 204
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert [a.headers["Access-Control-Allow-Origin"] for a in (asked, sent, refused)] == ["*"] * 3
    assert (sent.status_code, refused.status_code) == (200, 422)


@pytest.mark.parametrize(
    "body",
    [
        {"rating": 0},
        {"rating": 6},
        {"rating": 2.5},
        {"feedback": "meh"},
        {"comment": "x" * 2001},
        {"comment": "a\0b"},
        [],
    ],
)
def test_what_is_no_feedback_is_a_422(stranger: Caller, talk: Conversation, body: Any) -> None:
    response = stranger.post(f"/convai/conversations/{talk.pk}/feedback", body)

    assert response.status_code == 422
    talk.refresh_from_db()
    assert (talk.thumb, talk.rating, talk.comment) == ("", None, "")


@pytest.mark.parametrize("pk", ["conv_gone", "x" * 200, "%00"])
def test_an_unknown_conversation_is_a_404(stranger: Caller, db: None, pk: str) -> None:
    for body in ({"feedback": "like"}, {}):
        response = stranger.post(f"/convai/conversations/{pk}/feedback", body)

        assert response.status_code == 404
        assert response.json()["detail"]["status"] == "conversation_not_found"
