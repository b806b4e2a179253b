"""A create that is asked for twice under one `Idempotency-Key` is done once.

The row is claimed before anything is made, and holds the answer afterwards. Only success is kept:
what was refused has made nothing, so asking again may as well be answered anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from . import vault
from .models import ApiKey, KeptAnswer

KEPT_FOR = timedelta(hours=24)
# A process that dies on the way gives its claim back after this; no create takes so long.
LEASE = timedelta(minutes=3)


@dataclass(frozen=True)
class Claim:
    """This request makes it, and nobody else does meanwhile."""

    row: int
    since: datetime


@dataclass(frozen=True)
class Again:
    """It was made before; this was the answer."""

    status: int
    body: str


@dataclass(frozen=True)
class Busy:
    """Another request is making it now."""


@dataclass(frozen=True)
class Different:
    """The key was used for another request."""


@dataclass(frozen=True)
class Lost:
    """It was made before, but its answer was sealed with a key that is gone."""


def claim(key: ApiKey, name: str, asked: str) -> Claim | Again | Busy | Different | Lost:
    """Whether to make what is asked for; `asked` tells one request from another."""
    now = timezone.now()
    kept = key.kept_answers.filter(idempotency_key=name)
    kept.filter(created_at__lte=now - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            row = key.kept_answers.create(
                idempotency_key=name, asked=asked, created_at=now, claimed_at=now
            )
        return Claim(row.pk, now)
    except IntegrityError:
        found = kept.first()
    if found is None:  # given back, or swept away, a moment ago
        return Busy()
    if found.asked != asked:
        return Different()
    if found.status is not None:
        return _again(found, found.status)
    taken = kept.filter(pk=found.pk, status=None, claimed_at__lte=now - LEASE)
    return Claim(found.pk, now) if taken.update(claimed_at=now) else Busy()


def keep(claim: Claim, status: int, body: str) -> None:
    """What the retry of it will be told."""
    _still(claim).update(status=status, sealed=vault.seal(body))


def give_back(claim: Claim) -> None:
    """Nothing was made: the same key may try again."""
    _still(claim).delete()


def forget_old() -> int:
    return KeptAnswer.objects.filter(created_at__lte=timezone.now() - KEPT_FOR).delete()[0]


def _still(claim: Claim) -> QuerySet[KeptAnswer]:
    return KeptAnswer.objects.filter(pk=claim.row, claimed_at=claim.since, status=None)


def _again(found: KeptAnswer, status: int) -> Again | Lost:
    try:
        return Again(status, vault.unseal(found.sealed))
    except vault.Unreadable:
        return Lost()
