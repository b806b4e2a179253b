"""A webhook as clients read it (contract rest.md §19); its secrets are not in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .models import WebhookEndpoint


def webhook_document(
    endpoint: WebhookEndpoint, uses: Sequence[str] | None = None
) -> dict[str, Any]:
    """`uses`: what names it; only an answer that was asked for them has them."""
    document = {
        "name": endpoint.name,
        "webhook_id": endpoint.pk,
        "webhook_url": endpoint.url,
        "is_disabled": endpoint.is_disabled,
        "is_auto_disabled": endpoint.is_auto_disabled,
        "created_at_unix": int(endpoint.created_at.timestamp()),
        "auth_type": "hmac",
        "retry_enabled": endpoint.retry_enabled,
        "request_header_names": endpoint.header_names,
        "most_recent_failure_error_code": endpoint.failed_status,
        "most_recent_failure_timestamp": _unix(endpoint.failed_at),
    }
    if uses is not None:
        document["usage"] = [{"usage_type": use} for use in uses]
        document["events"] = endpoint.events
    return document


def _unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
