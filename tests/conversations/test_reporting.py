"""The post-call webhook: what was judged is told to the endpoint that the agent names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from elevenlabs.client import ElevenLabs
from pytest_django.fixtures import Settings

from dashboard.conversations import reporting
from dashboard.conversations.analysis import analyse
from dashboard.conversations.models import Conversation
from dashboard.webhooks.models import Delivery, WebhookEndpoint
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace
from tests.stand_ins.beside import beside
from tests.stand_ins.service import Service, service

from .visits import SETTINGS, agent_of, visit

pytestmark = pytest.mark.both_profiles

SECRET = "wsec_77aa"


def endpoint_of(workspace: Workspace, url: str) -> WebhookEndpoint:
    secret = vault.keep(workspace, "hook", SECRET)
    return WebhookEndpoint.objects.create(workspace=workspace, name="H", url=url, secret=secret)


def judged(
    workspace: Workspace, by: User, endpoint: WebhookEndpoint, **webhooks: Any
) -> Conversation:
    """A conversation that was just judged, of an agent that names the endpoint."""
    wishes = {"webhooks": {"post_call_webhook_id": endpoint.pk, **webhooks}}
    conversation = visit(agent_of(workspace, by, {**SETTINGS, "workspace_overrides": wishes}))
    assert analyse(conversation.pk)
    return conversation


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Service]:
    with beside(service()) as there:
        settings.EGRESS_ALLOW = [there.where]
        yield there


def test_the_endpoint_gets_the_conversation_with_its_analysis(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    conversation = judged(workspace, ada, endpoint_of(workspace, receiver.url))
    (waiting,) = reporting.reports_on(conversation.pk)

    delivery = reporting.report(waiting)

    assert delivery
    assert delivery.succeeded
    (request,) = receiver.asked
    event = ElevenLabs(api_key="unused").webhooks.construct_event(
        request.body.decode(), request.headers["elevenlabs-signature"], SECRET
    )
    assert event["type"] == "post_call_transcription"
    assert event["data"]["conversation_id"] == conversation.pk
    assert event["data"]["transcript"][1]["message"] == "Where is order 4711?"
    assert set(event["data"]["analysis"]["evaluation_criteria_results"]) == {"polite", "solved"}
    assert reporting.reports_on(conversation.pk) == []


def test_it_is_told_once(workspace: Workspace, ada: User, receiver: Service) -> None:
    conversation = judged(workspace, ada, endpoint_of(workspace, receiver.url))
    (waiting,) = reporting.reports_on(conversation.pk)
    reporting.report(waiting)

    assert reporting.report(waiting) is None

    assert len(receiver.asked) == 1


def test_another_workspaces_endpoint_is_never_told(
    workspace: Workspace, ada: User, cleo: User, receiver: Service
) -> None:
    cleos = endpoint_of(cleo.memberships.get().workspace, receiver.url)

    conversation = judged(workspace, ada, cleos)

    assert reporting.reports_on(conversation.pk) == []
    assert not Delivery.objects.exists()


def test_an_agent_that_wants_other_events_tells_nothing(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    conversation = judged(
        workspace, ada, endpoint_of(workspace, receiver.url), events=["call_initiation_failure"]
    )

    assert reporting.reports_on(conversation.pk) == []


def test_an_agent_that_names_no_endpoint_tells_nothing(workspace: Workspace, ada: User) -> None:
    conversation = visit(agent_of(workspace, ada))

    assert analyse(conversation.pk)

    assert reporting.reports_on(conversation.pk) == []


def test_of_a_deleted_conversation_nothing_is_told(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    conversation = judged(workspace, ada, endpoint_of(workspace, receiver.url))
    (waiting,) = reporting.reports_on(conversation.pk)
    conversation.delete()

    assert reporting.report(waiting) is None

    assert receiver.asked == []
    assert Delivery.objects.get(pk=waiting).trouble == reporting.GONE


def test_a_report_that_the_queue_lost_is_overdue(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    conversation = judged(workspace, ada, endpoint_of(workspace, receiver.url))
    assert reporting.forgotten_reports() == []

    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=16))

    assert reporting.forgotten_reports() == reporting.reports_on(conversation.pk)
    assert reporting.forgotten_reports() == []  # it was brought; the queue may be slow
