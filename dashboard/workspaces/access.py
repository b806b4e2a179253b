"""Who is asking? A key or a signed-in member, and the workspace that each one opens."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from .models import ApiKey, Member, User

log = logging.getLogger(__name__)
USE_IS_KEPT_TO = timedelta(minutes=1)  # so that a busy key does not write with each request


def key_named(text: str) -> ApiKey | None:
    """The key behind an `xi-api-key` header, unless it is unknown, revoked or expired."""
    found = ApiKey.objects.filter(digest=ApiKey.digest_of(text), revoked_at=None)
    # There is one at most, and each request comes by here: `first` would take twice the time.
    key = next(iter(found.select_related("workspace", "made_by")), None)
    if key is None or key.has_expired:
        return None
    _note_use(key)
    return key


def has_expired(text: str) -> bool:
    """Whether this was a key of ours whose time is over; only its holder can ask this."""
    key = ApiKey.objects.filter(digest=ApiKey.digest_of(text), revoked_at=None).first()
    return key is not None and key.has_expired


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    before = now - USE_IS_KEPT_TO
    if key.last_used_at is not None and key.last_used_at > before:
        return
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=before)
    try:
        ApiKey.objects.filter(unnoted, pk=key.pk).update(last_used_at=now)
    except DatabaseError as error:  # nobody is turned away because this could not be written
        log.warning("a key's use was not noted", extra={"key_id": key.pk, "error": type(error)})


def membership_of(user: User | AnonymousUser, workspace_id: str = "") -> Member | None:
    """The user's membership in the workspace, or in the first one when none is named."""
    if not user.is_authenticated:
        return None
    found = Member.objects.filter(user=user).select_related("workspace", "user").order_by("id")
    return found.filter(workspace_id=workspace_id).first() if workspace_id else found.first()
