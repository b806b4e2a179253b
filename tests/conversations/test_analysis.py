"""A finished conversation is judged once, by what its agent was then, whatever breaks meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from dashboard.agents import revising
from dashboard.conversations import analysis, lifecycle
from dashboard.conversations.analysis import analyse, due_for_analysis, judge_conversation
from dashboard.conversations.documents import conversation_document
from dashboard.conversations.findings import SAID_NOTHING
from dashboard.conversations.models import Analysis, Conversation, Outcome, Status
from dashboard.engine.turns import agent
from dashboard.workspaces.models import User, Workspace
from tests.stand_ins.beside import beside
from tests.stand_ins.model_stub import model_stub

from .visits import TALK, Judge, agent_of, visit

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def ended(workspace: Workspace, ada: User) -> Conversation:
    return visit(agent_of(workspace, ada))


@pytest.fixture
def model(settings: Settings) -> Iterator[None]:
    """A model over HTTP, which answers every forced call with what fits."""
    with beside(model_stub()) as url:
        settings.LLM_URL, settings.LLM_MODEL = url, "stub"
        yield


@pytest.fixture
def broken_model(settings: Settings) -> Iterator[None]:
    with beside(model_stub()) as url:
        settings.LLM_URL, settings.LLM_MODEL = url, "error-401"
        yield


def come_due(conversation: Conversation) -> None:
    """The time passes that the row waits for."""
    past = timezone.now() - analysis.FORGOTTEN_AFTER
    Conversation.objects.filter(pk=conversation.pk).update(analyse_after=past)


def test_a_conversation_without_a_model_of_its_own_is_judged_by_the_built_in_one(
    ended: Conversation,
) -> None:
    assert analyse(ended.pk)

    ended.refresh_from_db()
    assert ended.status == Status.DONE
    assert ended.analysis.judged_by == "built-in extractive"
    assert "4711" in ended.analysis.summary
    assert {verdict["id"] for verdict in ended.analysis.verdicts} == {"polite", "solved"}
    assert all(verdict["rationale"] for verdict in ended.analysis.verdicts)


@pytest.mark.usefixtures("model")
def test_a_conversation_is_judged_by_a_model_over_http(ended: Conversation) -> None:
    assert analyse(ended.pk)

    ended.refresh_from_db()
    assert ended.analysis.judged_by == "stub"
    assert ended.analysis.outcome in Outcome.values
    assert [v["name"] for v in ended.analysis.verdicts] == ["Politeness", "Solved"]
    assert {c["id"] for c in ended.analysis.collected} == {"order", "mood"}


def test_what_was_found_is_in_the_conversations_document(ended: Conversation) -> None:
    assert analyse(ended.pk)

    told = conversation_document(Conversation.objects.get(pk=ended.pk))["analysis"]

    assert told["call_successful"] == "unknown"
    assert set(told["evaluation_criteria_results"]) == {"polite", "solved"}
    assert told["data_collection_results"]["order"]["value"] == 4711


def test_the_version_that_the_conversation_ran_with_is_asked_about(
    ended: Conversation, ada: User
) -> None:
    today = [{"id": "new", "name": "New", "conversation_goal_prompt": "Something else."}]
    revising.revise(ended.agent, {"platform_settings": {"evaluation": {"criteria": today}}}, by=ada)

    found = judge_conversation(Conversation.objects.get(pk=ended.pk), Judge())

    assert [verdict.criterion_id for verdict in found.verdicts] == ["polite", "solved"]


def test_a_visitor_who_said_nothing_needs_no_model(
    workspace: Workspace, ada: User, broken_model: None
) -> None:
    silent = visit(agent_of(workspace, ada), [agent("Hi!")])

    assert analyse(silent.pk)

    silent.refresh_from_db()
    assert silent.status == Status.DONE
    assert silent.analysis.summary == SAID_NOTHING
    assert silent.analysis.outcome == Outcome.UNKNOWN


def test_judging_twice_changes_nothing(ended: Conversation) -> None:
    assert analyse(ended.pk)
    first = Analysis.objects.get(conversation=ended)

    assert not analyse(ended.pk)

    assert Analysis.objects.get(conversation=ended).created_at == first.created_at


@pytest.mark.django_db(transaction=True)
def test_workers_that_judge_together_judge_once(ended: Conversation) -> None:
    def work(_: int) -> bool:
        try:
            return analyse(ended.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(work, range(6)))

    ended.refresh_from_db()
    assert sum(won) == 1
    assert ended.analysis_tries == 1
    assert Analysis.objects.filter(conversation=ended).count() == 1


def test_a_conversation_that_goes_on_is_not_judged(ended: Conversation) -> None:
    Conversation.objects.filter(pk=ended.pk).update(status=Status.IN_PROGRESS)

    assert not analyse(ended.pk)
    assert not analyse("conv_of_nobody")
    assert not Analysis.objects.exists()


@pytest.mark.usefixtures("broken_model")
def test_a_failed_try_is_due_again_later_and_each_time_later_still(ended: Conversation) -> None:
    waits = []
    for _ in range(3):
        come_due(ended)
        assert not analyse(ended.pk)
        ended.refresh_from_db()
        assert ended.analyse_after
        waits.append((ended.analyse_after - timezone.now()).total_seconds())

    assert ended.status == Status.PROCESSING
    assert ended.analysis_tries == 3
    assert waits == pytest.approx([10, 60, 300], abs=5)
    assert not due_for_analysis().exists()
    assert not analyse(ended.pk)


@pytest.mark.usefixtures("broken_model")
def test_after_the_last_try_it_has_failed_with_a_reason_for_people(ended: Conversation) -> None:
    for _ in range(analysis.TRIES):
        come_due(ended)
        analyse(ended.pk)

    ended.refresh_from_db()
    assert ended.status == Status.FAILED
    assert ended.trouble
    assert ended.trouble["code"] == analysis.FAILED
    assert "The analysis failed 5 times." in ended.trouble["reason"]
    assert "key" in ended.trouble["reason"]
    assert not Analysis.objects.exists()


@pytest.mark.usefixtures("broken_model")
def test_the_reason_why_it_ended_badly_is_not_lost_when_the_analysis_fails_too(
    workspace: Workspace, ada: User
) -> None:
    lost = {"code": 1011, "reason": lifecycle.SERVER_LOST}
    ended = visit(agent_of(workspace, ada), trouble=lost, analysis_tries=analysis.TRIES - 1)

    analyse(ended.pk)

    ended.refresh_from_db()
    assert ended.trouble
    assert ended.trouble["code"] == 1011
    assert ended.trouble["reason"].startswith(lifecycle.SERVER_LOST)
    assert "The analysis failed" in ended.trouble["reason"]


def test_a_model_that_is_back_judges_what_waited(
    workspace: Workspace, ada: User, settings: Settings
) -> None:
    ended = visit(agent_of(workspace, ada))
    with beside(model_stub()) as url:
        settings.LLM_URL, settings.LLM_MODEL = url, "error-401"
        assert not analyse(ended.pk)
        settings.LLM_MODEL = "stub"
        come_due(ended)

        assert analyse(ended.pk)

    ended.refresh_from_db()
    assert ended.status == Status.DONE
    assert ended.analyse_after is None


def test_what_a_killed_worker_held_is_found_again(ended: Conversation) -> None:
    held_until = timezone.now() + analysis.HELD_FOR
    held = Conversation.objects.filter(pk=ended.pk)
    held.update(analyse_after=held_until, analysis_tries=1)
    assert not analyse(ended.pk)
    assert not due_for_analysis().exists()

    come_due(ended)

    assert list(due_for_analysis()) == [ended]
    assert analyse(ended.pk)


def test_what_kills_every_worker_is_given_up(workspace: Workspace, ada: User) -> None:
    poison = visit(agent_of(workspace, ada), analysis_tries=analysis.TRIES)

    assert not analyse(poison.pk)

    poison.refresh_from_db()
    assert poison.status == Status.FAILED
    assert poison.trouble
    assert "broke off" in poison.trouble["reason"]


def test_only_what_the_queue_forgot_is_due(workspace: Workspace, ada: User) -> None:
    to = agent_of(workspace, ada)
    forgotten = visit(to, ago=21)
    visit(to, ago=1)
    done = visit(to, ago=100)
    analyse(done.pk)

    assert list(due_for_analysis()) == [forgotten]


def test_the_sweep_names_each_one_only_once_in_a_while(workspace: Workspace, ada: User) -> None:
    to = agent_of(workspace, ada)
    first, second, third = (visit(to, ago=seconds) for seconds in (50, 40, 30))

    assert analysis.remember(2) == [first.pk, second.pk]
    assert analysis.remember(2) == [third.pk]
    assert analysis.remember(2) == []
    assert analyse(first.pk)  # being named does not keep it from being taken


def test_an_embedded_start_frees_what_the_last_process_held(ended: Conversation) -> None:
    later = timezone.now() + analysis.HELD_FOR
    Conversation.objects.filter(pk=ended.pk).update(analyse_after=later)

    assert analysis.let_go() == 1

    assert list(due_for_analysis()) == [ended]


def test_it_can_be_judged_again(ended: Conversation) -> None:
    analyse(ended.pk)

    assert lifecycle.judge_again(Conversation.objects.get(pk=ended.pk))
    assert analyse(ended.pk)

    ended.refresh_from_db()
    assert ended.status == Status.DONE


def test_what_was_said_is_never_logged(
    workspace: Workspace, ada: User, broken_model: None, caplog: pytest.LogCaptureFixture
) -> None:
    ended = visit(agent_of(workspace, ada), TALK)

    with caplog.at_level("DEBUG", logger="dashboard"):
        analyse(ended.pk)

    assert ended.pk in [getattr(record, "conversation", "") for record in caplog.records]
    assert "4711" not in caplog.text
