"""The signature header of the wire (contract rest.md §19): proves who sent a body, and when."""

from __future__ import annotations

import hashlib
import hmac

from dashboard.workspaces import vault

from .models import WebhookEndpoint

HEADER = "ElevenLabs-Signature"


def signature(secret: str, body: bytes, at: int) -> str:
    """`at`: unix seconds; a receiver refuses what is older than half an hour."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v0={digest}"


def signing_secret(endpoint: WebhookEndpoint) -> str:
    """Raises vault.Unreadable, also when it was erased."""
    if endpoint.sealed_secret:
        return vault.unseal(endpoint.sealed_secret)
    if endpoint.secret is None:
        raise vault.Unreadable(endpoint.pk)
    return vault.reveal(endpoint.secret)
