"""A conversation starts with a place of its own, also when its owner's server is asked first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.agents import initiating, revising
from dashboard.agents.initiating import Fetched, FetchFailed
from dashboard.agents.models import Agent
from dashboard.agents.wishes import Wishes
from dashboard.conversations import admission, lifecycle, signing, starting
from dashboard.conversations.admission import Entry, Knock, Refused
from dashboard.conversations.models import Conversation, LiveServer, Status
from dashboard.conversations.starting import Handshake, Hello, Started
from dashboard.providers.llms.patience import Patient
from dashboard.providers.llms.queue import Gated, Priority
from dashboard.workspaces import ids
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles
CONFIG = {
    "conversation": {"text_only": True},
    "agent": {"first_message": "Hello {{name}}!", "prompt": {"prompt": "Be kind."}},
}
HOOK = {"url": "https://crm.example/start", "request_headers": {}}
ASKED = {
    "overrides": {"enable_conversation_initiation_client_data_from_webhook": True},
    "workspace_overrides": {"conversation_initiation_client_data_webhook": HOOK},
}


@pytest.fixture
def asking(workspace: Workspace, ada: User) -> Agent:
    """An agent whose owner's server is asked about each visitor."""
    return revising.create(workspace, ada, conversation_config=CONFIG, platform_settings=ASKED)


@pytest.fixture
def server(db: None) -> LiveServer:
    return LiveServer.objects.create()


def shake(agent: Agent, server: LiveServer) -> Handshake:
    started = starting.start(Knock(agent.pk), Hello(visitor_id="u1"), server.pk)
    assert isinstance(started, Handshake)
    return started


def test_what_the_owners_server_says_fills_the_conversation(asking: Agent, server: LiveServer):
    handshake = shake(asking, server)
    waiting = Conversation.objects.get()
    fetched = initiating.read(
        b'{"type": "conversation_initiation_client_data", "user_id": "crm-7",'
        b' "dynamic_variables": {"name": "Ada", "secret__crm": "s3cret"},'
        b' "conversation_config_override": {"agent": {"prompt": {"prompt": "Be brief."}}}}'
    )

    assert isinstance(fetched, Fetched)
    started = starting.establish(handshake, fetched)

    assert isinstance(started, Started)
    assert waiting.status == Status.INITIATED
    brief = started.casting.speaker.brief
    assert (brief.first_message, brief.instructions) == ("Hello Ada!", "Be brief.")
    kept = Conversation.objects.get()
    assert (kept.status, kept.visitor_id) == (Status.IN_PROGRESS, "crm-7")
    assert "s3cret" not in str(kept.initiation)


def test_the_owner_finds_out_why_their_server_was_no_help(asking: Agent, server: LiveServer):
    handshake = shake(asking, server)

    refused = starting.establish(
        handshake, FetchFailed("The initiation webhook answered with HTTP 500.")
    )

    assert isinstance(refused, Refused)
    assert refused.reason == "initiation_webhook"
    assert "500" not in refused.message
    kept = Conversation.objects.get()
    assert kept.status == Status.FAILED
    assert "HTTP 500" in kept.trouble["reason"]
    assert not Conversation.objects.going_on().exists()


def test_a_start_that_comes_to_nothing_leaves_no_row(asking: Agent, server: LiveServer):
    handshake = shake(asking, server)

    refused = starting.establish(handshake, Fetched(Wishes()))

    assert isinstance(refused, Refused)
    assert refused.reason == "missing_dynamic_variable"
    assert not Conversation.objects.exists()


def shake_by_link(agent: Agent, server: LiveServer, link: str) -> Handshake | Started | Refused:
    return starting.start(Knock(agent.pk, signature=link), Hello(visitor_id="u1"), server.pk)


def test_a_failed_webhook_leaves_the_visitors_single_use_link_good(
    asking: Agent, server: LiveServer
):
    once = ids.conversation_id()
    link = signing.sign(asking.pk, once)
    first = shake_by_link(asking, server, link)
    assert isinstance(first, Handshake)
    failed = starting.establish(first, FetchFailed("The webhook answered with HTTP 500."))
    assert isinstance(failed, Refused)

    again = shake_by_link(asking, server, link)
    assert isinstance(again, Handshake)
    started = starting.establish(again, Fetched(Wishes(variables={"name": "Ada"})))

    assert isinstance(started, Started)
    assert started.conversation.pk == once
    kept = Conversation.objects.exclude(pk=once).get()
    assert (kept.status, kept.visitor_id) == (Status.FAILED, "u1")
    assert "HTTP 500" in kept.trouble["reason"]
    assert shake_by_link(asking, server, link) == admission.USED_SIGNATURE


def test_a_refused_start_after_the_webhook_leaves_the_link_good(asking: Agent, server: LiveServer):
    link = signing.sign(asking.pk, ids.conversation_id())
    first = shake_by_link(asking, server, link)
    assert isinstance(first, Handshake)

    assert isinstance(starting.establish(first, Fetched(Wishes())), Refused)

    assert isinstance(shake_by_link(asking, server, link), Handshake)


def test_two_that_come_with_one_link_at_once_are_told_apart(asking: Agent, server: LiveServer):
    once = ids.conversation_id()
    link = signing.sign(asking.pk, once)
    entry = admission.enter(Knock(asking.pk, signature=link))
    assert isinstance(entry, Entry)
    first = shake_by_link(asking, server, link)
    assert isinstance(first, Handshake)

    second = starting._shake_hands(replace(first, entry=entry), server.pk)

    assert second == admission.USED_SIGNATURE
    assert shake_by_link(asking, server, link) == admission.USED_SIGNATURE
    said = Fetched(Wishes(variables={"name": "Ada"}))
    assert isinstance(starting.establish(first, said), Started)
    assert Conversation.objects.get().pk == once


def test_a_link_whose_conversation_is_deleted_stays_used_after_a_webhook(
    asking: Agent, server: LiveServer, ada: User
):
    once = ids.conversation_id()
    link = signing.sign(asking.pk, once)
    first = shake_by_link(asking, server, link)
    assert isinstance(first, Handshake)
    starting.establish(first, Fetched(Wishes(variables={"name": "Ada"})))
    lifecycle.finish(once, "done")
    assert lifecycle.delete(Conversation.objects.get(pk=once), ada)

    assert shake_by_link(asking, server, link) == admission.USED_SIGNATURE


def test_handshakes_count_against_both_pools_and_chats_against_theirs(
    asking: Agent, server: LiveServer
):
    asking.limits.bursting, asking.limits.at_once = False, 1
    asking.limits.save()
    said = Fetched(Wishes(variables={"name": "Ada"}))
    first, second = shake(asking, server), shake(asking, server)

    won, lost = starting.establish(first, said), starting.establish(second, said)

    assert isinstance(won, Started)
    assert isinstance(lost, Refused)
    assert lost.reason == admission.FULL.reason
    assert Conversation.objects.count() == 1


def test_a_conversation_above_the_limit_waits_behind_the_others(
    workspace: Workspace, ada: User, server: LiveServer, settings
):
    settings.LLM_URL, settings.LLM_MODEL = "http://127.0.0.1:9/v1", "stub"
    settings.LLM_AT_ONCE = 1
    agent = revising.create(
        workspace, ada, conversation_config={"conversation": {"text_only": True}}
    )
    agent.limits.at_once = 1
    agent.limits.save()

    found = []
    for _ in range(2):
        started = starting.start(Knock(agent.pk), Hello(), server.pk)
        assert isinstance(started, Started)
        model = started.casting.speaker.llm
        assert isinstance(model, Patient)
        waits = {one.priority for one in model.llms if isinstance(one, Gated)}
        found.append((started.conversation.is_burst, waits))

    assert found == [(False, {Priority.NORMAL}), (True, {Priority.BURST})]


def test_only_who_may_return_leaves_sealed_variables(
    workspace: Workspace, ada: User, server: LiveServer
):
    agent = revising.create(
        workspace, ada, conversation_config={"conversation": {"text_only": True}}
    )
    wishes = Wishes(variables={"secret__token": "s3cret"})

    for may_return in (True, False):
        started = starting.start(Knock(agent.pk), Hello(wishes, may_return=may_return), server.pk)
        assert isinstance(started, Started)
        assert bool(started.conversation.sealed_variables) is may_return
