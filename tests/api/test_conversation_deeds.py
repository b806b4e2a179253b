"""What else can be asked of a conversation, and done to it."""

from __future__ import annotations

import pytest

from dashboard.agents.models import Agent
from dashboard.conversations.models import Analysis, Conversation, Fact, Outcome, Status
from dashboard.engine.turns import visitor
from dashboard.workspaces.models import AuditEntry

from .conftest import Caller
from .talks import judge, make_talk, say

pytestmark = pytest.mark.both_profiles


def test_a_summary_leaves_out_too_many_messages(ask: Caller, agent: Agent) -> None:
    talk = make_talk(agent)
    say(talk, visitor("One"), visitor("Two"))

    whole = ask.get(f"/convai/conversations/{talk.pk}/summary").json()
    short = ask.get(f"/convai/conversations/{talk.pk}/summary?max_messages=1").json()

    assert whole["messages"] == [{"role": "user", "message": m} for m in ("One", "Two")]
    assert (whole["message_count"], whole["messages_omitted"]) == (2, False)
    assert (short["messages"], short["messages_omitted"]) == (None, True)


def test_judging_again_forgets_and_is_on_the_record(ask: Caller, talk: Conversation) -> None:
    judge(talk, Outcome.FAILURE, verdicts=[{"id": "kind", "outcome": "failure"}])

    told = ask.post(f"/convai/conversations/{talk.pk}/analysis/run", None).json()

    assert (told["status"], told["analysis"]) == ("processing", None)
    assert not Analysis.objects.exists()
    assert not Fact.objects.exists()
    talk.refresh_from_db()
    assert talk.outcome == Outcome.UNKNOWN
    assert AuditEntry.objects.filter(action="conversation.judged_again").count() == 1


def test_nothing_is_judged_while_somebody_talks(ask: Caller, agent: Agent) -> None:
    talk = make_talk(agent, status=Status.IN_PROGRESS)

    assert ask.post(f"/convai/conversations/{talk.pk}/analysis/run", None).status_code == 400


def test_a_deletion_is_on_the_record(ask: Caller, talk: Conversation) -> None:
    ask.delete(f"/convai/conversations/{talk.pk}")

    assert AuditEntry.objects.get(action="conversation.deleted").thing_id == talk.pk


def test_there_is_neither_audio_nor_telemetry(ask: Caller, talk: Conversation) -> None:
    path = f"/convai/conversations/{talk.pk}"

    assert ask.get(f"{path}/audio").json()["detail"]["status"] == "audio_not_found"
    assert ask.get(f"{path}?format=opentelemetry").json()["detail"][0]["loc"] == ["query", "format"]


def test_tokens_are_refused_to_any_page_with_a_sentence(stranger: Caller) -> None:
    response = stranger.get("/convai/conversation/token?agent_id=x&source=js_sdk")

    assert response.status_code == 400
    assert "text" in response.json()["detail"]["message"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_cleo_does_nothing_to_it(cleo_asks: Caller, talk: Conversation) -> None:
    path = f"/convai/conversations/{talk.pk}"

    assert cleo_asks.get(f"{path}/summary").status_code == 404
    assert cleo_asks.get(f"{path}/audio").status_code == 404
    assert cleo_asks.post(f"{path}/analysis/run", None).status_code == 404
