"""Who may start, from where, and whether there is room: also when everybody comes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations import admission, lifecycle, signing, starting
from dashboard.conversations.admission import Knock, Refused
from dashboard.conversations.models import Conversation, LiveServer
from dashboard.conversations.starting import Hello, Started
from dashboard.workspaces import ids
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def server(db: None) -> LiveServer:
    return LiveServer.objects.create()


def an_agent(workspace: Workspace, by: User, **platform: Any) -> Agent:
    config = {"conversation": {"text_only": True}}
    return revising.create(
        workspace, by, name="Helper", conversation_config=config, platform_settings=platform
    )


def come(agent: Agent, server: LiveServer, **knock: Any) -> Started | Refused:
    return starting.start(Knock(agent.pk, **knock), Hello(), server.pk)


def test_a_public_agent_lets_a_visitor_in(workspace: Workspace, ada: User, server: LiveServer):
    agent = an_agent(workspace, ada)

    started = come(agent, server)

    assert isinstance(started, Started)
    row = Conversation.objects.get(pk=started.conversation.pk)
    assert (row.agent, row.version, row.status) == (agent, agent.version, "in-progress")
    assert row.authorized_by == "public"


def test_an_unknown_or_deleted_agent_is_refused(
    workspace: Workspace, ada: User, server: LiveServer
):
    agent = an_agent(workspace, ada)
    revising.retire(agent)

    assert come(agent, server) == admission.NO_AGENT
    assert starting.start(Knock("agent_x" * 2000), Hello(), server.pk) == admission.NO_AGENT


def test_a_signed_agent_wants_a_signature_of_its_own(
    workspace: Workspace, ada: User, server: LiveServer
):
    agent = an_agent(workspace, ada, auth={"enable_auth": True})
    other = an_agent(workspace, ada)

    assert come(agent, server) == admission.UNSIGNED
    assert come(agent, server, signature="nonsense") == admission.WRONG_SIGNATURE
    assert come(agent, server, signature=signing.sign(other.pk)) == admission.WRONG_SIGNATURE
    assert isinstance(come(agent, server, signature=signing.sign(agent.pk)), Started)


def test_a_signature_with_a_conversation_id_serves_once(
    workspace: Workspace, ada: User, server: LiveServer
):
    agent = an_agent(workspace, ada)
    signature = signing.sign(agent.pk, ids.conversation_id())

    assert isinstance(come(agent, server, signature=signature), Started)
    assert come(agent, server, signature=signature) == admission.USED_SIGNATURE


def test_somebody_elses_key_opens_nothing(
    workspace: Workspace, ada: User, server: LiveServer, api_key: str, cleos_key: str
):
    agent = an_agent(workspace, ada, auth={"enable_auth": True})

    assert isinstance(come(agent, server, api_key=cleos_key), Refused)
    assert isinstance(come(agent, server, api_key="wrong"), Refused)
    assert isinstance(come(agent, server, api_key=api_key), Started)


@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        ("https://shop.example", True),
        ("https://SHOP.example", True),
        ("https://shop.example:8443", False),
        ("https://evil.example", False),
        ("https://shop.example.evil.example", False),
        ("null", False),
        ("", True),
    ],
)
def test_a_listed_page_may_talk_and_no_other(
    workspace: Workspace, ada: User, server: LiveServer, origin: str, admitted: bool
):
    agent = an_agent(workspace, ada, auth={"allowlist": [{"hostname": "shop.example"}]})

    assert isinstance(come(agent, server, origin=origin), Started) is admitted


def test_the_dashboards_own_chat_is_on_no_list_and_may_talk(
    workspace: Workspace, ada: User, server: LiveServer
):
    agent = an_agent(workspace, ada, auth={"allowlist": [{"hostname": "shop.example"}]})
    ours, pages = signing.sign(agent.pk, anywhere=True), signing.sign(agent.pk)
    origin = "http://127.0.0.1:8000"

    assert isinstance(come(agent, server, signature=ours, origin=origin), Started)
    assert come(agent, server, signature=pages, origin=origin) == admission.WRONG_HOST


def test_a_page_that_hides_its_address_is_refused_where_one_is_required(
    workspace: Workspace, ada: User, server: LiveServer
):
    auth = {"allowlist": [{"hostname": "shop.example"}], "require_origin_header": True}
    agent = an_agent(workspace, ada, auth=auth)

    assert come(agent, server) == admission.NO_ORIGIN


def test_above_the_limit_conversations_burst_and_then_are_refused(
    workspace: Workspace, ada: User, server: LiveServer
):
    agent = an_agent(workspace, ada, call_limits={"agent_concurrency_limit": 2})

    started = [come(agent, server) for _ in range(7)]

    bursts = [one.conversation.is_burst for one in started if isinstance(one, Started)]
    assert bursts == [False, False, True, True, True, True]
    assert started[6] == admission.FULL


def test_without_bursting_the_limit_is_the_limit(
    workspace: Workspace, ada: User, server: LiveServer
):
    limits = {"agent_concurrency_limit": 1, "bursting_enabled": False}
    agent = an_agent(workspace, ada, call_limits=limits)

    first = come(agent, server)

    assert come(agent, server) == admission.FULL
    assert isinstance(first, Started)
    lifecycle.finish(first.conversation.pk, "done")
    assert isinstance(come(agent, server), Started)


def test_the_day_has_a_limit_too(workspace: Workspace, ada: User, server: LiveServer):
    agent = an_agent(workspace, ada, call_limits={"daily_limit": 1})
    first = come(agent, server)
    assert isinstance(first, Started)
    lifecycle.finish(first.conversation.pk, "done")

    refused = come(agent, server)
    yesterday = timezone.now() - timedelta(days=1, hours=1)
    Conversation.objects.update(started_at=yesterday)

    assert refused == admission.DAY_IS_OVER
    assert isinstance(come(agent, server), Started)


def test_conversations_of_a_stopped_server_take_no_place(
    workspace: Workspace, ada: User, server: LiveServer
):
    limits = {"agent_concurrency_limit": 1, "bursting_enabled": False}
    agent = an_agent(workspace, ada, call_limits=limits)
    come(agent, server)
    LiveServer.objects.update(beat_at=timezone.now() - timedelta(seconds=20))

    assert isinstance(come(agent, LiveServer.objects.create()), Started)


def test_a_refused_visitor_leaves_no_trace(workspace: Workspace, ada: User, server: LiveServer):
    agent = an_agent(workspace, ada, call_limits={"daily_limit": 0})

    come(agent, server)

    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_race_admits_exactly_as_many_as_the_limit(workspace: Workspace, ada: User):
    server = LiveServer.objects.create()
    limits = {"agent_concurrency_limit": 5, "bursting_enabled": False}
    agent = an_agent(workspace, ada, call_limits=limits)

    def visit(_: int) -> bool:
        try:
            return isinstance(come(agent, server), Started)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(visit, range(40)))

    assert sum(admitted) == 5
