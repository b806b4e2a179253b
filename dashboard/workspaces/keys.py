"""Make and revoke API keys; both stand in the audit log, the key itself nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from . import audit
from .audit import By
from .models import ApiKey, Scope, Workspace


@transaction.atomic
def make(
    workspace: Workspace,
    by: By,
    name: str,
    scope: Scope,
    expires_at: datetime | None = None,
    text: str = "",
) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can read again; text: one that was thought of."""
    maker = audit.actor(by).user
    key, text = ApiKey.make(workspace, name, maker, text, scope=scope, expires_at=expires_at)
    audit.record(workspace, by, "key.created", key, after=_document(key))
    return key, text


@transaction.atomic
def revoke(key: ApiKey, by: By) -> bool:
    """From now on it opens nothing; False when somebody else was quicker."""
    still = ApiKey.objects.filter(pk=key.pk, revoked_at=None)
    if not still.update(revoked_at=timezone.now()):
        return False
    audit.record(key.workspace, by, "key.revoked", key, before=_document(key))
    return True


def _document(key: ApiKey) -> dict[str, Any]:
    expires = key.expires_at.isoformat() if key.expires_at else None
    return {
        "name": key.name,
        "scope": key.scope,
        "expires_at": expires,
        "ends_in": key.last_four,
    }
