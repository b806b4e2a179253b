"""Every change of status happens once, whoever tries, and the sweep mends what a crash left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.agents import revising
from dashboard.agents.briefing import Wishes
from dashboard.conversations import lifecycle, starting
from dashboard.conversations.admission import Knock, Refused
from dashboard.conversations.models import Conversation, LiveServer, Status
from dashboard.conversations.starting import Hello, Started
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def talking(workspace: Workspace, ada: User) -> Conversation:
    agent = revising.create(workspace, ada, conversation_config={})
    return Conversation.objects.create(
        workspace=workspace, agent=agent, version=agent.told, server=LiveServer.objects.create()
    )


def begin(workspace: Workspace, ada: User, config: dict, wishes: Wishes, **settings: object):
    agent = revising.create(workspace, ada, conversation_config=config, platform_settings=settings)
    server = LiveServer.objects.create()
    return starting.start(Knock(agent.pk), Hello(wishes), server.pk)


def test_a_conversation_finishes_once(talking: Conversation):
    first = lifecycle.finish(talking.pk, "The visitor left.")
    second = lifecycle.finish(talking.pk, "Too late.")

    talking.refresh_from_db()
    assert (first, second) == (True, False)
    assert (talking.status, talking.ended_because) == (Status.PROCESSING, "The visitor left.")


@pytest.mark.django_db(transaction=True)
def test_doors_that_finish_together_finish_once(talking: Conversation):
    def finish(n: int) -> bool:
        try:
            return lifecycle.finish(talking.pk, f"door {n}")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(finish, range(8)))

    assert sum(won) == 1


def test_the_sweep_ends_what_a_stopped_server_left_behind(talking: Conversation):
    LiveServer.objects.update(beat_at=timezone.now() - timedelta(seconds=16))

    lifecycle.sweep()

    talking.refresh_from_db()
    assert talking.status == Status.PROCESSING
    assert talking.ended_because == lifecycle.SERVER_LOST


def test_the_sweep_leaves_living_conversations_alone(talking: Conversation):
    lifecycle.sweep()

    talking.refresh_from_db()
    assert talking.status == Status.IN_PROGRESS


def test_a_process_never_sweeps_what_it_serves_itself(talking: Conversation):
    LiveServer.objects.update(beat_at=timezone.now() - timedelta(seconds=60))
    lifecycle.served_here.add(talking.server_id)
    try:
        lifecycle.sweep()
    finally:
        lifecycle.served_here.discard(talking.server_id)

    talking.refresh_from_db()
    assert talking.status == Status.IN_PROGRESS


def test_an_override_without_leave_is_refused_by_name(workspace: Workspace, ada: User):
    config = {"conversation": {"text_only": True}}

    refused = begin(workspace, ada, config, Wishes({"agent.prompt.prompt": "Be rude."}))

    assert isinstance(refused, Refused)
    assert "'agent.prompt.prompt'" in refused.message


def test_an_override_that_changes_nothing_needs_no_leave(workspace: Workspace, ada: User):
    config = {"conversation": {"text_only": True}, "agent": {"language": "en"}}
    wishes = Wishes({"agent.language": "en", "conversation.text_only": True})

    assert isinstance(begin(workspace, ada, config, wishes), Started)


def test_a_permitted_override_reaches_the_brief(workspace: Workspace, ada: User):
    permission = {"conversation_config_override": {"agent": {"prompt": {"prompt": True}}}}
    config = {"conversation": {"text_only": True}, "agent": {"prompt": {"prompt": "Be kind."}}}
    wishes = Wishes({"agent.prompt.prompt": "Be brief."})

    started = begin(workspace, ada, config, wishes, overrides=permission)

    assert isinstance(started, Started)
    assert started.casting.speaker.brief.instructions == "Be brief."


@pytest.mark.parametrize(
    ("allowed", "wishes", "starts"),
    [
        (True, Wishes({"conversation.text_only": True}), True),
        (False, Wishes({"conversation.text_only": True}), False),
        (False, Wishes(no_audio=True), True),
        (False, Wishes(), False),
    ],
)
def test_a_voice_agent_talks_in_text_only_with_leave_or_for_lack_of_ears(
    workspace: Workspace, ada: User, allowed: bool, wishes: Wishes, starts: bool
):
    leaf = {"conversation_config_override": {"conversation": {"text_only": allowed}}}

    begun = begin(workspace, ada, {}, wishes, overrides=leaf)

    assert isinstance(begun, Started) is starts


def test_variables_are_filled_and_a_missing_one_is_named(workspace: Workspace, ada: User):
    config = {
        "conversation": {"text_only": True},
        "agent": {"first_message": "Hi {{name}}, I am {{system__agent_id}}."},
    }

    refused = begin(workspace, ada, config, Wishes())
    started = begin(workspace, ada, config, Wishes(variables={"name": "Ada"}))

    assert isinstance(refused, Refused)
    assert "name" in refused.message
    assert isinstance(started, Started)
    first = started.casting.speaker.brief.first_message
    assert first == f"Hi Ada, I am {started.conversation.agent_id}."


def test_a_model_that_is_not_set_up_is_named_in_the_record(workspace: Workspace, ada: User):
    config = {"conversation": {"text_only": True}, "agent": {"prompt": {"llm": "gpt-4o"}}}

    started = begin(workspace, ada, config, Wishes())

    assert isinstance(started, Started)
    assert "gpt-4o is not set up here" in started.conversation.warnings[0]
