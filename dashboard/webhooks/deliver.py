"""Tell an endpoint, signed, until it has understood. Each attempt is a row before it is made.

A post may arrive twice, when a worker dies before it has written down that it posted; it never
gets lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dashboard.providers.http import Blocked, Bounds, NoAnswer, fetch
from dashboard.workspaces import vault

from . import headers as own_headers
from .models import Delivery, WebhookEndpoint
from .sign import HEADER, signature, signing_secret

# Between the attempts; after the last one nobody is told any more.
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 8 * 60))
SECONDS = 15.0  # for one attempt
HELD_FOR = timedelta(seconds=60)  # longer than one attempt can take
FORGOTTEN_AFTER = timedelta(seconds=15)  # by then the queue should have brought it
FAILURES_IN_A_ROW = 10
GOOD_WITHIN = timedelta(days=7)
SWITCHED_OFF = "The webhook is switched off."


def announce(endpoint: WebhookEndpoint, kind: str, about: str) -> Delivery:
    """Put the first attempt on the list; once for each thing that there is to tell."""
    rows = Delivery.objects
    return rows.get_or_create(endpoint=endpoint, kind=kind, about=about, attempt=1)[0]


def overdue() -> QuerySet[Delivery]:
    """Attempts that are due and that the queue seems to have forgotten."""
    return Delivery.objects.filter(due_at__lte=timezone.now() - FORGOTTEN_AFTER).order_by("due_at")


def remember(kind: str, most: int = 25) -> list[int]:
    """Some of those that are overdue, each again only after a while: a queue that is merely slow
    must not be filled with the same ones over and over."""
    pks = list(overdue().filter(kind=kind).values_list("pk", flat=True)[:most])
    overdue().filter(pk__in=pks).update(due_at=timezone.now())
    return pks


def take(delivery_id: int) -> Delivery | None:
    """Hold an attempt for as long as it can take; None when it is made, held or not yet due."""
    now = timezone.now()
    this = Delivery.objects.filter(pk=delivery_id, due_at__lte=now)
    if not this.update(due_at=now + HELD_FOR, taken_at=now):
        return None
    parts = ("endpoint__secret", "endpoint__workspace")
    held = Delivery.objects.select_related(*parts).filter(pk=delivery_id).first()
    if held is None:  # taken away with its webhook meanwhile
        return None
    if not held.endpoint.is_on:
        drop(held, SWITCHED_OFF)
        return None
    return held


def again(delivery: Delivery) -> Delivery:
    """The next attempt at the same thing, due now: the one that waits already, or a new one."""
    with transaction.atomic():
        WebhookEndpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
        tries = Delivery.objects.filter(
            endpoint=delivery.endpoint_id, about=delivery.about, kind=delivery.kind
        )
        waiting = tries.filter(due_at__isnull=False).order_by("attempt").first()
        if waiting is None:
            count = tries.order_by("-attempt").values_list("attempt", flat=True)[0]
            return Delivery.objects.create(
                endpoint_id=delivery.endpoint_id,
                about=delivery.about,
                kind=delivery.kind,
                attempt=count + 1,
            )
        now = timezone.now()
        # One that a worker holds at this moment is left to it.
        if waiting.taken_at is None or waiting.taken_at <= now - HELD_FOR:
            tries.filter(pk=waiting.pk, taken_at=waiting.taken_at).update(due_at=now)
        return waiting


def drop(delivery: Delivery, reason: str) -> None:
    """There is nothing to tell any more; the row says why."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=None, trouble=reason[:200])


def deliver(delivery: Delivery, payload: Mapping[str, Any]) -> Delivery:
    """Make an attempt that was taken, and record it; a failed one puts the next on the list."""
    now = timezone.now()
    told = {
        "type": delivery.kind,
        "event_timestamp": int(now.timestamp()),
        "data": payload,
    }
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    delivery.status, delivery.trouble = _post(delivery.endpoint, body, now)
    delivery.at, delivery.due_at = now, None
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=delivery.endpoint_id)
        if endpoint.first() is None:  # taken away while it was told
            return delivery
        delivery.save(update_fields=["status", "trouble", "at", "due_at"])
        if not delivery.succeeded:
            endpoint.update(failed_at=now, failed_status=delivery.status)
            _again(delivery, now)
            _switch_off_when_dead(delivery.endpoint, now)
    return delivery


def _post(endpoint: WebhookEndpoint, body: bytes, now: datetime) -> tuple[int | None, str]:
    """The status, and in words what went wrong."""
    try:
        secret = signing_secret(endpoint)
    except vault.Unreadable:
        return None, "The webhook's secret can no longer be read; make a new webhook."
    try:
        theirs = own_headers.resolved(endpoint)
    except own_headers.Unresolved as trouble:
        return None, str(trouble)[:200]
    headers = theirs | {
        "Content-Type": "application/json",
        HEADER: signature(secret, body, int(now.timestamp())),
    }
    bounds = Bounds(seconds=SECONDS, max_bytes=10_000, allow=tuple(settings.EGRESS_ALLOW))
    try:
        answer = async_to_sync(fetch)(
            "POST", endpoint.url, headers=headers, content=body, bounds=bounds
        )
    except (NoAnswer, Blocked) as trouble:
        return None, str(trouble)[:200]
    fine = 200 <= answer.status < 300
    return answer.status, "" if fine else f"The endpoint answered with {answer.status}."


def _again(delivery: Delivery, now: datetime) -> None:
    if delivery.attempt > len(DELAYS) or not delivery.endpoint.retry_enabled:
        return
    Delivery.objects.get_or_create(
        endpoint=delivery.endpoint,
        about=delivery.about,
        kind=delivery.kind,
        attempt=delivery.attempt + 1,
        defaults={"due_at": now + DELAYS[delivery.attempt - 1]},
    )


def _switch_off_when_dead(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Ten failures in a row and nothing good for a week (contract rest.md §19)."""
    made = endpoint.deliveries.filter(at__isnull=False).order_by("-at", "-id")
    latest = list(made[:FAILURES_IN_A_ROW])
    if len(latest) < FAILURES_IN_A_ROW or any(one.succeeded for one in latest):
        return
    if not made.filter(status__range=(200, 299), at__gte=now - GOOD_WITHIN).exists():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(is_auto_disabled=True)
