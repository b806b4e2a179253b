"""Seal and reveal: the only place where a secret's value is readable.

A value is sealed with AES-128-CBC and HMAC (Fernet) under the newest key; older keys still open.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

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


def reveal(secret: Secret) -> str:
    """The value, for the request that needs it and for nothing else. Raises Unreadable."""
    try:
        return _keys().decrypt(secret.sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable(secret.pk) from None


def _seal(value: str) -> str:
    return _keys().encrypt(value.encode()).decode()
