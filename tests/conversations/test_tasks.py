"""From the end of a conversation to its analysis and report, through a real worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.utils import timezone
from pytest_django.fixtures import Settings

from dashboard.celery import start_embedded_worker
from dashboard.conversations import lifecycle
from dashboard.conversations.models import Conversation, LiveServer, Status
from dashboard.conversations.tasks import sweep_conversations
from dashboard.webhooks.models import Delivery
from dashboard.workspaces.models import User, Workspace
from tests.stand_ins.beside import beside
from tests.stand_ins.service import Service, service

from .test_reporting import endpoint_of
from .visits import SETTINGS, agent_of, visit

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not configured.EMBEDDED, reason="with Redis the worker is another process"),
]


@pytest.fixture
def worker() -> Iterator[None]:
    running = start_embedded_worker()
    yield
    running.stop()


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Service]:
    with beside(service()) as there:
        settings.EGRESS_ALLOW = [there.where]
        yield there


def until(fact: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def status_of(conversation: Conversation) -> str:
    return Conversation.objects.values_list("status", flat=True).get(pk=conversation.pk)


@pytest.mark.usefixtures("worker")
def test_a_conversation_that_ends_is_judged_and_reported(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    wishes = {"webhooks": {"post_call_webhook_id": endpoint_of(workspace, receiver.url).pk}}
    conversation = visit(agent_of(workspace, ada, {**SETTINGS, "workspace_overrides": wishes}))
    Conversation.objects.update(status=Status.IN_PROGRESS, server=LiveServer.objects.create())

    lifecycle.finish(conversation.pk, "The visitor left.")

    until(lambda: status_of(conversation) == Status.DONE)
    until(lambda: Delivery.objects.filter(status=200).exists())
    assert receiver.asked[0].json["data"]["status"] == "done"


def test_the_sweep_brings_back_what_the_queue_lost(
    workspace: Workspace, ada: User, receiver: Service, request: pytest.FixtureRequest
) -> None:
    wishes = {"webhooks": {"post_call_webhook_id": endpoint_of(workspace, receiver.url).pk}}
    to = agent_of(workspace, ada, {**SETTINGS, "workspace_overrides": wishes})
    lost = visit(to, ago=60)
    unreported = visit(to)
    Conversation.objects.filter(pk=unreported.pk).update(status=Status.DONE)
    Delivery.objects.create(
        endpoint=workspace.webhooks.get(),
        kind="post_call_transcription",
        about=unreported.pk,
        due_at=timezone.now() - timedelta(minutes=1),
    )
    request.getfixturevalue("worker")

    sweep_conversations.delay()

    until(lambda: status_of(lost) == Status.DONE)
    until(lambda: Delivery.objects.filter(status=200).count() == 2)
    assert {asked.json["data"]["conversation_id"] for asked in receiver.asked} == {
        lost.pk,
        unreported.pk,
    }
