"""The signature header of the wire (contract rest.md §19): proves who sent a body, and when."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "ElevenLabs-Signature"


def signature(secret: str, body: bytes, at: int) -> str:
    """`at`: unix seconds; a receiver refuses what is older than half an hour."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v0={digest}"
