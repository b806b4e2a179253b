"""The post-call webhook: what was judged is told to the endpoint that the agent names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from elevenlabs.client import ElevenLabs
from pytest_django.fixtures import Settings

from dashboard.agents.workspace_settings import change_settings
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


def test_the_workspaces_webhook_is_told_where_the_agent_names_none(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    endpoint = endpoint_of(workspace, receiver.url)
    change_settings(workspace, {"webhooks": {"post_call_webhook_id": endpoint.pk}}, ada)
    conversation = visit(agent_of(workspace, ada))
    assert analyse(conversation.pk)

    (waiting,) = reporting.reports_on(conversation.pk)
    assert reporting.report(waiting)

    assert receiver.asked[0].json["data"]["conversation_id"] == conversation.pk


def test_the_agents_own_webhook_comes_before_the_workspaces(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    usual, own = endpoint_of(workspace, receiver.url), endpoint_of(workspace, receiver.url)
    change_settings(workspace, {"webhooks": {"post_call_webhook_id": usual.pk}}, ada)

    judged(workspace, ada, own)

    assert Delivery.objects.get().endpoint == own


@pytest.mark.parametrize(
    "webhooks",
    [{"events": ["audio"]}, {"post_call_webhook_id": None}],
)
def test_the_workspace_can_want_no_transcripts(
    workspace: Workspace, ada: User, receiver: Service, webhooks: dict[str, Any]
) -> None:
    named = {"post_call_webhook_id": endpoint_of(workspace, receiver.url).pk}
    change_settings(workspace, {"webhooks": {**named, **webhooks}}, ada)

    assert analyse(visit(agent_of(workspace, ada)).pk)

    assert not Delivery.objects.exists()


def test_a_transcript_can_be_left_out_and_the_format_is_always_json(
    workspace: Workspace, ada: User, receiver: Service
) -> None:
    wishes = {"exclude_transcript": True, "transcript_format": "opentelemetry"}
    conversation = judged(workspace, ada, endpoint_of(workspace, receiver.url), **wishes)
    (waiting,) = reporting.reports_on(conversation.pk)

    assert reporting.report(waiting)

    data = receiver.asked[0].json["data"]
    assert "transcript" not in data
    assert data["analysis"]


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
