"""An owner's own headers, fewer tries, another try: what an owner decides about deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from elevenlabs.client import ElevenLabs

from dashboard.webhooks import deliver, endpoints
from dashboard.webhooks.models import Delivery, WebhookEndpoint
from dashboard.workspaces import vault
from dashboard.workspaces.models import User, Workspace
from tests.stand_ins.beside import beside
from tests.stand_ins.service import Reply, Service, service

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def answers() -> list[int]:
    """What the receiver answers, the last one for ever."""
    return [200]


@pytest.fixture
def receiver(settings: Any, answers: list[int]) -> Iterator[Service]:
    with beside(service(lambda asked: Reply(answers.pop(0) if answers[1:] else answers[0]))) as on:
        settings.EGRESS_ALLOW = [on.where]
        yield on


def hook(workspace: Workspace, url: str, **headers: Any) -> WebhookEndpoint:
    return endpoints.add(workspace, None, "Desk", url, headers)[0]


def attempt(delivery: Delivery) -> Delivery:
    taken = deliver.take(delivery.pk)
    assert taken
    return deliver.deliver(taken, {"conversation_id": "conv_1"})


def test_they_travel_along_with_secrets_filled_in(workspace: Workspace, receiver: Service) -> None:
    secret = vault.keep(workspace, "Desk key", "Bearer hush")
    headers = {"Authorization": {"secret_id": secret.pk}, "X-Shop": "harbour"}
    endpoint, signing = endpoints.add(workspace, None, "Desk", receiver.url, headers)

    assert attempt(deliver.announce(endpoint, "kind", "conv_1")).succeeded

    (asked,) = receiver.asked
    assert (asked.headers["authorization"], asked.headers["x-shop"]) == ("Bearer hush", "harbour")
    event = ElevenLabs(api_key="unused").webhooks.construct_event(
        asked.body.decode(), asked.headers["elevenlabs-signature"], signing
    )
    assert event["data"] == {"conversation_id": "conv_1"}


def test_without_its_secret_nothing_is_posted(
    workspace: Workspace, receiver: Service, cleo: User
) -> None:
    cleos = vault.keep(cleo.memberships.get().workspace, "Cleo's", "hush")
    endpoint = hook(workspace, receiver.url, **{"X-Key": {"secret_id": cleos.pk}})

    delivery = attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert receiver.asked == []
    assert delivery.trouble == "The secret for the header X-Key is gone; set it again."


def test_headers_that_can_no_longer_be_read_are_trouble(
    workspace: Workspace, receiver: Service, settings: Any
) -> None:
    endpoint = hook(workspace, receiver.url, **{"X-Key": "hush"})
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(sealed_headers="torn")

    delivery = attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert receiver.asked == []
    assert "headers can no longer be read" in delivery.trouble


def test_a_secret_that_is_no_header_is_trouble_without_its_value(
    workspace: Workspace, receiver: Service
) -> None:
    secret = vault.keep(workspace, "Desk key", "hush\r\nX-Other: 1")
    endpoint = hook(workspace, receiver.url, **{"X-Key": {"secret_id": secret.pk}})

    delivery = attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert receiver.asked == []
    assert delivery.trouble
    assert "hush" not in delivery.trouble


def test_a_failure_is_on_the_webhook(
    workspace: Workspace, receiver: Service, answers: list[int]
) -> None:
    answers[:] = [503]
    endpoint = hook(workspace, receiver.url)

    attempt(deliver.announce(endpoint, "kind", "conv_1"))

    endpoint.refresh_from_db()
    assert endpoint.failed_status == 503
    assert endpoint.failed_at


def test_one_that_wants_no_retries_gets_none(
    workspace: Workspace, receiver: Service, answers: list[int]
) -> None:
    answers[:] = [503]
    endpoint = hook(workspace, receiver.url)
    endpoints.change(endpoint.pk, None, retry_enabled=False)

    attempt(deliver.announce(endpoint, "kind", "conv_1"))

    assert endpoint.deliveries.count() == 1


def test_another_try_is_due_at_once(
    workspace: Workspace, receiver: Service, answers: list[int]
) -> None:
    answers[:] = [503, 200]
    endpoint = hook(workspace, receiver.url)
    first = attempt(deliver.announce(endpoint, "kind", "conv_1"))
    (waiting,) = endpoint.deliveries.filter(due_at__gt=timezone.now())

    again = deliver.again(first)

    assert again.pk == waiting.pk
    assert attempt(again).succeeded
    assert deliver.again(first).attempt == 3


def test_what_a_worker_holds_is_left_to_it(workspace: Workspace) -> None:
    endpoint = hook(workspace, "https://desk.example")
    held = deliver.announce(endpoint, "kind", "conv_1")
    assert deliver.take(held.pk)

    again = deliver.again(held)

    assert again.pk == held.pk
    assert deliver.take(again.pk) is None


def test_one_taken_away_while_it_is_told_ends_quietly(
    workspace: Workspace, receiver: Service, answers: list[int]
) -> None:
    answers[:] = [503]
    endpoint = hook(workspace, receiver.url)
    taken = deliver.take(deliver.announce(endpoint, "kind", "conv_1").pk)
    assert taken
    endpoints.remove(endpoint, None)

    deliver.deliver(taken, {})

    assert not Delivery.objects.exists()
    assert deliver.take(taken.pk) is None


def test_the_time_of_the_last_failure_moves(workspace: Workspace, receiver: Service) -> None:
    endpoint = hook(workspace, receiver.url)
    long_ago = timezone.now() - timedelta(days=3)
    WebhookEndpoint.objects.update(failed_at=long_ago)

    assert attempt(deliver.announce(endpoint, "kind", "conv_1")).succeeded

    endpoint.refresh_from_db()
    assert endpoint.failed_at == long_ago  # a success is no failure
