"""Telling an endpoint: signed, retried, written down, and never twice by two workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from elevenlabs.client import ElevenLabs
from pytest_django.fixtures import Settings

from dashboard.webhooks import deliver
from dashboard.webhooks.models import Delivery, WebhookEndpoint
from dashboard.workspaces import vault
from dashboard.workspaces.models import Workspace
from tests.stand_ins.beside import beside
from tests.stand_ins.service import Asked, Reply, service

pytestmark = pytest.mark.both_profiles

SECRET = "wsec_5f0e"


@pytest.fixture
def endpoint(workspace: Workspace) -> WebhookEndpoint:
    secret = vault.keep(workspace, "hook", SECRET)
    return WebhookEndpoint.objects.create(
        workspace=workspace, name="Hook", url="http://127.0.0.1:9/hook", secret=secret
    )


@dataclass
class Receiver:
    """Whoever listens at the endpoint: what it answers, and what it was told."""

    reply: Reply = field(default_factory=Reply)
    told: list[Asked] = field(default_factory=list)


@pytest.fixture
def receiver(endpoint: WebhookEndpoint, settings: Settings) -> Iterator[Receiver]:
    listening = Receiver()
    with beside(service(lambda asked: listening.reply)) as there:
        settings.EGRESS_ALLOW = [there.where]
        endpoint.url = f"{there.url}/hook"
        endpoint.save()
        listening.told = there.asked
        yield listening


def attempt(delivery: Delivery, payload: dict[str, Any] | None = None) -> Delivery:
    taken = deliver.take(delivery.pk)
    assert taken
    return deliver.deliver(taken, payload or {"conversation_id": "conv_1"})


def come_due(endpoint: WebhookEndpoint) -> Delivery:
    """The next attempt's time has come."""
    waiting = endpoint.deliveries.get(due_at__isnull=False)
    endpoint.deliveries.filter(pk=waiting.pk).update(due_at=timezone.now())
    return waiting


def test_it_arrives_signed(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    delivery = attempt(deliver.announce(endpoint, "post_call_transcription", "conv_1"))

    (request,) = receiver.told
    header = request.headers["elevenlabs-signature"]
    event = ElevenLabs(api_key="unused").webhooks.construct_event(
        request.body.decode(), header, SECRET
    )
    assert event["type"] == "post_call_transcription"
    assert event["data"] == {"conversation_id": "conv_1"}
    assert abs(event["event_timestamp"] - timezone.now().timestamp()) < 10
    assert request.headers["content-type"] == "application/json"
    assert delivery.succeeded
    assert not endpoint.deliveries.filter(due_at__isnull=False).exists()


def test_a_refused_one_is_tried_again_later_and_each_attempt_is_written_down(
    endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.reply = Reply(503)
    attempt(deliver.announce(endpoint, "kind", "conv_1"))
    again = endpoint.deliveries.get(attempt=2)
    assert again.due_at
    assert again.due_at - timezone.now() > timedelta(seconds=50)
    assert deliver.take(again.pk) is None  # not yet

    receiver.reply = Reply(200)
    attempt(come_due(endpoint))

    first, second = endpoint.deliveries.order_by("attempt")
    assert (first.status, first.trouble) == (503, "The endpoint answered with 503.")
    assert (second.status, second.trouble) == (200, "")
    assert first.at
    assert len(receiver.told) == 2


def test_nobody_there_is_written_down_in_words(
    endpoint: WebhookEndpoint, settings: Settings
) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1:9"]

    delivery = attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert delivery.status is None
    assert "127.0.0.1" in delivery.trouble
    assert endpoint.deliveries.filter(attempt=2).exists()


def test_an_address_inside_is_not_reached(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    with beside(service()) as inside:
        endpoint.url = inside.url
        endpoint.save()

        delivery = attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert delivery.status is None
    assert delivery.trouble
    assert inside.asked == []


def test_a_redirect_is_not_followed(endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.reply = Reply(302, headers={"Location": endpoint.url + "2"})

    delivery = attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert delivery.status == 302
    assert not delivery.succeeded
    assert len(receiver.told) == 1


def test_after_the_last_attempt_nothing_is_due(
    endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.reply = Reply(500)
    deliver.announce(endpoint, "kind", "conv_1")

    for _ in range(len(deliver.DELAYS) + 1):
        attempt(come_due(endpoint))

    assert not endpoint.deliveries.filter(due_at__isnull=False).exists()
    assert endpoint.deliveries.count() == len(receiver.told) == len(deliver.DELAYS) + 1


def test_two_workers_do_not_take_the_same_attempt(endpoint: WebhookEndpoint) -> None:
    delivery = deliver.announce(endpoint, "kind", "conv_1")

    assert deliver.take(delivery.pk)
    assert deliver.take(delivery.pk) is None


def test_what_a_killed_worker_held_is_found_again(endpoint: WebhookEndpoint) -> None:
    delivery = deliver.announce(endpoint, "kind", "conv_1")
    deliver.take(delivery.pk)
    assert not deliver.overdue().exists()

    long_ago = timezone.now() - deliver.FORGOTTEN_AFTER
    endpoint.deliveries.update(due_at=long_ago)

    assert deliver.remember("another kind") == []
    assert deliver.remember("kind") == [delivery.pk]
    assert deliver.remember("kind") == []
    assert deliver.take(delivery.pk)


def test_one_thing_is_announced_once(endpoint: WebhookEndpoint) -> None:
    deliver.announce(endpoint, "kind", "conv_1")
    deliver.announce(endpoint, "kind", "conv_1")
    deliver.announce(endpoint, "kind", "conv_2")

    assert endpoint.deliveries.count() == 2


def test_a_webhook_that_is_switched_off_is_told_nothing(endpoint: WebhookEndpoint) -> None:
    delivery = deliver.announce(endpoint, "kind", "conv_1")
    WebhookEndpoint.objects.update(is_disabled=True)

    assert deliver.take(delivery.pk) is None

    delivery.refresh_from_db()
    assert delivery.due_at is None
    assert delivery.trouble == deliver.SWITCHED_OFF


def failures(endpoint: WebhookEndpoint, count: int, last_good: timedelta) -> None:
    now = timezone.now()
    Delivery.objects.create(
        endpoint=endpoint, kind="kind", about="good", status=200, at=now - last_good, due_at=None
    )
    for number in range(count):
        at = now - timedelta(minutes=count - number)
        Delivery.objects.create(
            endpoint=endpoint, kind="kind", about=f"c{number}", status=500, at=at, due_at=None
        )


@pytest.mark.parametrize(
    ("count", "last_good", "off"),
    [
        (9, timedelta(days=8), True),
        (9, timedelta(days=1), False),
        (8, timedelta(days=8), False),
    ],
)
def test_ten_failures_in_a_row_without_a_good_week_switch_it_off(
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    count: int,
    last_good: timedelta,
    off: bool,
) -> None:
    failures(endpoint, count, last_good)
    receiver.reply = Reply(500)

    attempt(deliver.announce(endpoint, "kind", "conv_1"))

    endpoint.refresh_from_db()
    assert endpoint.is_auto_disabled is off
    assert not endpoint.is_disabled


def test_a_secret_that_cannot_be_opened_is_trouble_and_no_post(
    endpoint: WebhookEndpoint, receiver: Receiver, settings: Settings
) -> None:
    settings.SECRET_KEYS = ["another key than it was sealed with"]

    delivery = attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert receiver.told == []
    assert "secret" in delivery.trouble
    assert SECRET not in delivery.trouble
