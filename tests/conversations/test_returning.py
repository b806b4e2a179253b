"""A conversation goes from one server to another, and is never at two of them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.agents.wishes import Wishes
from dashboard.conversations import admission, lifecycle, returning, starting
from dashboard.conversations.admission import Knock, Refused
from dashboard.conversations.models import Conversation, LiveServer, Status, StoredTurn
from dashboard.conversations.returning import GONE, Held, Returned
from dashboard.conversations.starting import Hello, Started
from dashboard.conversations.turns import as_row
from dashboard.engine.turns import visitor
from dashboard.engine.variables import UnfitVariable
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles
CONFIG = {
    "conversation": {"text_only": True},
    "agent": {"first_message": "Hello {{name}}!", "language": "en"},
    "language_presets": {"de": {"overrides": {"agent": {"prompt": {"prompt": "Sei freundlich."}}}}},
}


@pytest.fixture
def agent(workspace: Workspace, ada: User) -> Agent:
    return revising.create(workspace, ada, conversation_config=CONFIG)


@pytest.fixture
def server(db: None) -> LiveServer:
    return LiveServer.objects.create()


@pytest.fixture
def other(db: None) -> LiveServer:
    return LiveServer.objects.create()


def begun(agent: Agent, server: LiveServer, may_return: bool = True) -> Conversation:
    variables = {"name": "Ada", "secret__token": "s3cret-of-ada"}
    hello = Hello(Wishes(variables=variables), may_return=may_return)
    started = starting.start(Knock(agent.pk), hello, server.pk)
    assert isinstance(started, Started)
    return started.conversation


def lose(server: LiveServer, seconds: float = 16) -> None:
    before = timezone.now() - timedelta(seconds=seconds)
    LiveServer.objects.filter(pk=server.pk).update(beat_at=before)


def test_a_released_conversation_goes_on_elsewhere_as_it_began(
    agent: Agent, server: LiveServer, other: LiveServer
):
    talk = begun(agent, server)
    StoredTurn.objects.create(conversation=talk, number=1, **as_row(visitor("Hi")))

    released = returning.release(talk.pk, server.pk)
    found = returning.go_on(talk.pk, other.pk)

    assert released
    assert isinstance(found, Returned)
    assert [row.message for row in found.turns] == ["Hi"]
    assert found.casting.speaker.brief.first_message == "Hello Ada!"
    talk.refresh_from_db()
    assert (talk.server_id, talk.returns_until) == (other.pk, None)


def test_secret_variables_go_along_and_are_never_readable_on_the_way(
    agent: Agent, server: LiveServer, other: LiveServer
):
    talk = begun(agent, server)
    talk.refresh_from_db()

    readable = f"{talk.initiation}{talk.sealed_variables}"
    returning.release(talk.pk, server.pk)
    found = returning.go_on(talk.pk, other.pk)

    assert "s3cret-of-ada" not in readable
    assert isinstance(found, Returned)
    toolbox = found.casting.speaker.toolbox
    assert toolbox.variables["secret__token"] == "s3cret-of-ada"  # type: ignore[attr-defined]
    lifecycle.finish(talk.pk, "over")
    talk.refresh_from_db()
    assert talk.sealed_variables == ""


def test_a_server_that_lives_is_told_that_its_conversation_is_wanted(
    agent: Agent, server: LiveServer, other: LiveServer
):
    talk = begun(agent, server)

    found = returning.go_on(talk.pk, other.pk)

    assert found == Held(server.pk)
    assert returning.wanted_of(server.pk) == [talk.pk]
    talk.refresh_from_db()
    assert talk.server_id == server.pk


def test_a_server_that_stopped_is_not_asked(agent: Agent, server: LiveServer, other: LiveServer):
    talk = begun(agent, server)
    lose(server)

    assert isinstance(returning.go_on(talk.pk, other.pk), Returned)
    assert not returning.release(talk.pk, server.pk)
    assert not lifecycle.finish(talk.pk, "the one before", server_id=server.pk)
    assert lifecycle.finish(talk.pk, "the one that has it", server_id=other.pk)


def test_only_who_kept_a_token_may_return(agent: Agent, server: LiveServer, other: LiveServer):
    talk = begun(agent, server, may_return=False)
    lose(server)

    assert returning.go_on(talk.pk, other.pk) == GONE


def test_the_place_of_a_conversation_between_two_servers_is_kept(agent: Agent, server: LiveServer):
    agent.limits.at_once, agent.limits.bursting = 1, False
    agent.limits.save()
    talk = begun(agent, server)

    returning.release(talk.pk, server.pk)
    second = starting.start(Knock(agent.pk), Hello(Wishes(variables={"name": "B"})), server.pk)

    assert isinstance(second, Refused)
    assert second.reason == admission.FULL.reason


def test_a_lost_place_that_was_given_away_is_not_taken_twice(
    agent: Agent, server: LiveServer, other: LiveServer
):
    agent.limits.at_once, agent.limits.bursting = 1, False
    agent.limits.save()
    talk = begun(agent, server)
    lose(server)
    begun(Agent.objects.get(pk=agent.pk), other)

    found = returning.go_on(talk.pk, other.pk)

    assert isinstance(found, Refused)
    assert found.reason == admission.FULL.reason
    assert Conversation.objects.talking().count() == 1


def test_the_sweep_waits_for_visitors_who_may_return(agent: Agent, server: LiveServer):
    talk, left = begun(agent, server), begun(agent, server, may_return=False)
    lose(server)

    lifecycle.sweep()
    talk.refresh_from_db()
    left.refresh_from_db()
    waits = (talk.status, left.status)
    lose(server, 15 + 61)
    lifecycle.sweep()
    talk.refresh_from_db()

    assert waits == (Status.IN_PROGRESS, Status.PROCESSING)
    assert talk.status == Status.PROCESSING
    assert talk.ended_because == lifecycle.SERVER_LOST


def test_the_sweep_ends_what_was_handed_over_and_never_fetched(agent: Agent, server: LiveServer):
    talk = begun(agent, server)
    returning.release(talk.pk, server.pk)
    early = lifecycle.sweep()
    past = timezone.now() - timedelta(seconds=1)
    Conversation.objects.filter(pk=talk.pk).update(returns_until=past)

    lifecycle.sweep()

    talk.refresh_from_db()
    assert early == 0
    assert (talk.status, talk.ended_because) == (Status.PROCESSING, lifecycle.NOT_BACK)
    assert talk.trouble is None


def test_a_handshake_that_its_server_left_is_forgotten(agent: Agent, server: LiveServer):
    talk = begun(agent, server)
    Conversation.objects.filter(pk=talk.pk).update(status=Status.INITIATED)
    lifecycle.sweep()
    there = Conversation.objects.filter(pk=talk.pk).exists()
    lose(server)

    lifecycle.sweep()

    assert there
    assert not Conversation.objects.filter(pk=talk.pk).exists()


def test_a_language_that_was_changed_on_the_way_stays(
    agent: Agent, server: LiveServer, other: LiveServer
):
    talk = begun(agent, server)
    lifecycle.speak(talk.pk, "de")
    returning.release(talk.pk, server.pk)

    found = returning.go_on(talk.pk, other.pk)

    assert isinstance(found, Returned)
    assert found.casting.speaker.brief.language == "de"
    assert "Sei freundlich." in found.casting.speaker.brief.instructions


@pytest.mark.django_db(transaction=True)
def test_servers_that_want_it_at_once_do_not_both_get_it(agent: Agent, server: LiveServer):
    talk = begun(agent, server)
    returning.release(talk.pk, server.pk)
    servers = [LiveServer.objects.create().pk for _ in range(6)]

    def take(server_id: str) -> object:
        try:
            return returning.go_on(talk.pk, server_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(take, servers))

    assert sum(isinstance(one, Returned) for one in found) == 1
    assert sum(isinstance(one, Held) for one in found) == 5


def test_a_conversation_that_cannot_go_on_is_left_to_the_sweep(
    agent: Agent, server: LiveServer, other: LiveServer
):
    talk = begun(agent, server)
    returning.release(talk.pk, server.pk)
    unfit = {"dynamic_variables": {"name": "x" * 60_000}}
    Conversation.objects.filter(pk=talk.pk).update(initiation=unfit)

    with pytest.raises(UnfitVariable):
        returning.go_on(talk.pk, other.pk)

    talk.refresh_from_db()
    assert talk.server_id is None
    assert talk.returns_until is not None
