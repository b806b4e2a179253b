"""Each way to say who you are: what is right comes in, what is wrong is told in words that fit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations import admission, lifecycle, signing, starting
from dashboard.conversations.admission import Entry, Knock, Refused
from dashboard.conversations.models import Conversation, LiveServer, SpentLink
from dashboard.conversations.starting import Hello, Started
from dashboard.workspaces import ids
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles
TOKEN = "a-link-that-is-shared"


@pytest.fixture
def agent(workspace: Workspace, ada: User) -> Agent:
    """Needs a signature, and has a link to share."""
    return revising.create(
        workspace,
        ada,
        conversation_config={"conversation": {"text_only": True}},
        platform_settings={"auth": {"enable_auth": True, "shareable_token": TOKEN}},
    )


def knock(agent: Agent, **shown: Any) -> str | Refused:
    """By what the visitor was let in, or why not."""
    entry = admission.enter(Knock(agent.pk, **shown))
    return entry.authorized_by if isinstance(entry, Entry) else entry


def start(agent: Agent, server: LiveServer, **shown: Any) -> Started | Refused:
    return starting.start(Knock(agent.pk, **shown), Hello(), server.pk)


def test_each_right_way_is_told_on_the_record(agent: Agent, api_key: str) -> None:
    signature = signing.sign(agent.pk)

    assert knock(agent, signature=signature) == "signed_url"
    assert knock(agent, api_key=api_key) == "authorization_header"
    assert knock(agent, bearer=api_key) == "authorization_header"
    assert knock(agent, bearer=signature) == "signed_url"
    assert knock(agent, shareable_token=TOKEN) == "shareable_link"


@pytest.mark.parametrize("shown", ["signature", "api_key", "bearer", "shareable_token"])
@pytest.mark.parametrize("wrong", ["x", "sk_" + "0" * 64, "ä☕\udcff", "a.b.c", TOKEN + "-"])
def test_each_wrong_way_is_refused_for_a_public_agent_too(
    agent: Agent, ada: User, shown: str, wrong: str
) -> None:
    auth = {"auth": {"enable_auth": False}}
    revising.revise(agent, {"platform_settings": auth}, ada)

    refused = knock(agent, **{shown: wrong})

    assert isinstance(refused, Refused)
    assert refused.reason == "authorization"


def test_nothing_of_another_agent_or_workspace_opens_this_one(
    agent: Agent, ada: User, workspace: Workspace, cleos_key: str
) -> None:
    auth = {"enable_auth": True, "shareable_token": TOKEN[::-1]}
    other = revising.create(workspace, ada, platform_settings={"auth": auth})

    assert knock(agent) == admission.UNSIGNED
    assert knock(agent, bearer=signing.sign(other.pk)) == admission.WRONG_BEARER
    assert knock(agent, bearer=cleos_key) == admission.WRONG_BEARER
    assert knock(agent, shareable_token=TOKEN[::-1]) == admission.WRONG_SHARE


def test_a_link_that_is_shared_no_more_opens_nothing(agent: Agent, ada: User) -> None:
    revising.revise(agent, {"platform_settings": {"auth": {"shareable_token": None}}}, ada)

    assert knock(agent, shareable_token=TOKEN) == admission.WRONG_SHARE
    assert knock(agent, shareable_token="") == admission.UNSIGNED


def test_the_page_behind_a_link_lets_in_from_anywhere_as_long_as_the_link_is_good(
    agent: Agent, ada: User
) -> None:
    listed = {"auth": {"allowlist": [{"hostname": "shop.example"}]}}
    revising.revise(agent, {"platform_settings": listed}, ada)
    signature = signing.sign_for_share_page(agent.pk, TOKEN)
    here = {"signature": signature, "origin": "https://parley.example"}

    assert knock(agent, **here) == "shareable_link"
    assert TOKEN not in signature
    revising.revise(agent, {"platform_settings": {"auth": {"shareable_token": TOKEN + "2"}}}, ada)
    assert knock(agent, **here) == admission.WRONG_SHARE
    revising.revise(agent, {"platform_settings": {"auth": {"shareable_token": None}}}, ada)
    assert knock(agent, **here) == admission.WRONG_SHARE


def test_a_visitor_who_comes_back_is_asked_again_who_they_may_talk_to(
    agent: Agent, ada: User, api_key: str
) -> None:
    listed = {"enable_auth": False, "allowlist": [{"hostname": "shop.example"}]}
    revising.revise(agent, {"platform_settings": {"auth": listed}}, ada)
    server, shop = LiveServer.objects.create(), "https://shop.example"

    def talk(**shown: str) -> Conversation:
        started = start(agent, server, origin=shop, **shown)
        assert isinstance(started, Started)
        return started.conversation

    public, keyed, signed = talk(), talk(api_key=api_key), talk(signature=signing.sign(agent.pk))
    for one in (public, keyed):
        assert admission.may_go_on(one, shop) is None
        assert admission.may_go_on(one, "https://evil.example") == admission.WRONG_HOST
    assert admission.may_go_on(signed, "https://evil.example") is None, "perhaps from anywhere"

    listed["allowlist"] = [{"hostname": "new.example"}]
    revising.revise(agent, {"platform_settings": {"auth": listed}}, ada)
    assert admission.may_go_on(public, shop) == admission.WRONG_HOST

    revising.revise(agent, {"platform_settings": {"archived": True}}, ada)
    assert admission.may_go_on(public, "https://new.example") == admission.AWAY
    assert admission.may_go_on(signed, shop) == admission.AWAY

    revising.revise(agent, {"platform_settings": {"archived": False}}, ada)
    revising.retire(agent, ada)
    assert admission.may_go_on(signed, shop) == admission.AWAY


def test_a_revoked_key_and_an_old_signature_open_nothing(
    agent: Agent, workspace: Workspace, api_key: str, settings: LazySettings
) -> None:
    signature = signing.sign(agent.pk)
    settings.SIGNED_URL_SECONDS = -1
    workspace.api_keys.update(revoked_at=timezone.now())

    assert knock(agent, signature=signature) == admission.WRONG_SIGNATURE
    assert knock(agent, bearer=signature) == admission.WRONG_BEARER
    assert knock(agent, bearer=api_key) == admission.WRONG_BEARER
    assert knock(agent, api_key=api_key) == admission.WRONG_KEY


def test_a_page_that_is_not_listed_is_refused_whatever_it_shows(
    agent: Agent, ada: User, api_key: str
) -> None:
    listed = {"auth": {"allowlist": [{"hostname": "shop.example"}]}}
    revising.revise(agent, {"platform_settings": listed}, ada)
    elsewhere = {"origin": "https://evil.example"}

    assert knock(agent, shareable_token=TOKEN, **elsewhere) == admission.WRONG_HOST
    assert knock(agent, bearer=signing.sign(agent.pk), **elsewhere) == admission.WRONG_HOST


def test_a_link_for_one_conversation_stays_used_when_that_is_deleted(
    agent: Agent, ada: User
) -> None:
    server, once = LiveServer.objects.create(), ids.conversation_id()
    signature = signing.sign(agent.pk, once)
    first = start(agent, server, signature=signature)
    assert isinstance(first, Started)
    assert first.conversation.pk == once
    lifecycle.finish(once, "done")
    assert lifecycle.delete(Conversation.objects.get(pk=once), ada)

    assert start(agent, server, signature=signature) == admission.USED_SIGNATURE
    assert start(agent, server, bearer=signature) == admission.USED_SIGNATURE


def test_a_refused_try_does_not_use_the_link_up(agent: Agent, ada: User) -> None:
    server = LiveServer.objects.create()
    signature = signing.sign(agent.pk, ids.conversation_id())
    revising.revise(agent, {"platform_settings": {"call_limits": {"daily_limit": 0}}}, ada)
    assert start(agent, server, signature=signature) == admission.DAY_IS_OVER

    revising.revise(agent, {"platform_settings": {"call_limits": {"daily_limit": 9}}}, ada)

    assert isinstance(start(agent, server, signature=signature), Started)


def test_used_links_are_forgotten_when_they_are_too_old_anyway(agent: Agent) -> None:
    start(agent, LiveServer.objects.create(), signature=signing.sign(agent.pk, "conv_once"))
    lifecycle.sweep()
    assert SpentLink.objects.count() == 1

    SpentLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    lifecycle.sweep()

    assert not SpentLink.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_with_the_same_link_one_gets_in(agent: Agent) -> None:
    server = LiveServer.objects.create()
    signature = signing.sign(agent.pk, ids.conversation_id())

    def come(_: int) -> Started | Refused:
        try:
            return start(agent, server, signature=signature)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(come, range(16)))

    assert sum(isinstance(one, Started) for one in came) == 1
    assert came.count(admission.USED_SIGNATURE) == 15


def test_every_refusal_fits_into_a_close_and_ends_with_a_full_stop() -> None:
    refusals = [one for one in vars(admission).values() if isinstance(one, Refused)]

    assert len(refusals) >= 11
    for refused in refusals:
        assert len(refused.message.encode()) <= 123
        assert refused.message.endswith(".")
        assert len(refused.reason) <= 40
