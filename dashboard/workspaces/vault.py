"""Seal and reveal: the only place where a secret's value is readable.

A value is sealed with AES-128-CBC and HMAC (Fernet) under the newest key; older keys still open.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from . import audit
from .audit import By
from .models import Secret, Workspace


class Unreadable(Exception):
    """A secret was sealed with a key that is no longer among PARLEY_SECRET_KEYS."""


def _keys() -> MultiFernet:
    """Any text serves as a key: it is stretched to the length that Fernet wants."""
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
            for key in settings.SECRET_KEYS
        ]
    )


def keep(workspace: Workspace, name: str, value: str) -> Secret:
    """Store a new secret."""
    return workspace.secrets.create(name=name, sealed=_seal(value))


def replace(secret: Secret, value: str) -> None:
    secret.sealed = _seal(value)
    secret.save(update_fields=["sealed", "updated_at"])


@transaction.atomic
def store(workspace: Workspace, by: By, name: str, value: str) -> Secret:
    """A new secret that somebody has made by hand. Names may repeat: ids tell them apart."""
    secret = keep(workspace, name.strip(), value.strip())
    audit.record(workspace, by, "secret.created", secret, after={"name": secret.name})
    return secret


@transaction.atomic
def change(secret: Secret, by: By, *, name: str | None = None, value: str | None = None) -> Secret:
    """Another name, another value, or both. Raises Secret.DoesNotExist when it is gone."""
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    before = {"name": secret.name}
    secret.name = secret.name if name is None else name.strip()
    after: dict[str, str] = {"name": secret.name}
    if value is not None:
        secret.sealed = _seal(value.strip())
        before["value"], after["value"] = "the one before", "another one"
    if before != after:
        secret.save(update_fields=["name", "sealed", "updated_at"])
        audit.record(secret.workspace, by, "secret.changed", secret, before=before, after=after)
    return secret


def reveal(secret: Secret) -> str:
    """The value, for the request that needs it and for nothing else. Raises Unreadable."""
    try:
        return _keys().decrypt(secret.sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable(secret.pk) from None


def seal(text: str) -> str:
    """Text that is kept for a while and may hold a secret."""
    return _seal(text)


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises Unreadable."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _seal(value: str) -> str:
    return _keys().encrypt(value.encode()).decode()
