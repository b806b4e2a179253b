"""Add a webhook, change it, take it away; its secret is told once, when it is made."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from dashboard.workspaces import audit, vault
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed
from dashboard.workspaces.models import Workspace

from . import headers as own_headers
from .models import Delivery, WebhookEndpoint

MOST = 50  # of one workspace


class TooMany(Exception):
    """The workspace has as many webhooks as it can have."""


class Changes(TypedDict, total=False):
    name: str
    is_disabled: bool
    retry_enabled: bool
    events: Sequence[str]
    # Merged into those before; null takes a header away. Values are never told again.
    request_headers: Mapping[str, Any]


def facts(endpoint: WebhookEndpoint, headers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the audit log compares; it masks the headers' values."""
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "is_disabled": endpoint.is_disabled,
        "is_auto_disabled": endpoint.is_auto_disabled,
        "retry_enabled": endpoint.retry_enabled,
        "events": list(endpoint.events),
        "request_headers": dict(headers or {}),
    }


@in_one_deed
def add(
    workspace: Workspace,
    by: By,
    name: str,
    url: str,
    request_headers: Mapping[str, Any] | None = None,
) -> tuple[WebhookEndpoint, str]:
    """A new webhook, and the secret that signs what it is told. Raises TooMany.

    The address and the headers were checked: address.checked, headers.checked.
    """
    # Or two could be the last one.
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if workspace.webhooks.count() >= MOST:
        raise TooMany
    value = f"wsec_{secrets.token_hex(32)}"
    endpoint = WebhookEndpoint(workspace=workspace, name=name[:120], url=url)
    endpoint.sealed_secret = vault.seal(value)
    headers = {n: v for n, v in (request_headers or {}).items() if v is not None}
    own_headers.keep(endpoint, headers)
    endpoint.save(force_insert=True)
    audit.record(workspace, by, "webhook.created", endpoint, after=facts(endpoint, headers))
    return endpoint, value


@in_one_deed
def change(pk: str, by: By, **wishes: Unpack[Changes]) -> WebhookEndpoint:
    """Raises WebhookEndpoint.DoesNotExist when it was taken away, ValueError for its headers."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=pk)
    old_headers = _readable(endpoint)
    before = facts(endpoint, old_headers)
    headers = old_headers
    if (patch := wishes.get("request_headers")) is not None:
        headers = own_headers.checked(_merged(old_headers, patch))
        own_headers.keep(endpoint, headers)
    endpoint.name = wishes.get("name", endpoint.name)[:120]
    endpoint.retry_enabled = wishes.get("retry_enabled", endpoint.retry_enabled)
    endpoint.events = list(wishes.get("events", endpoint.events))
    if "is_disabled" in wishes:
        endpoint.is_disabled = wishes["is_disabled"]
        # Whoever switches it on has mended what was wrong.
        endpoint.is_auto_disabled = endpoint.is_auto_disabled and endpoint.is_disabled
    endpoint.save()
    after = facts(endpoint, headers)
    audit.record(endpoint.workspace, by, "webhook.changed", endpoint, before=before, after=after)
    return endpoint


@in_one_deed
def remove(endpoint: WebhookEndpoint, by: By) -> None:
    """For good, with what was delivered and its secrets. Raises WebhookEndpoint.DoesNotExist."""
    endpoint = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
    audit.record(
        endpoint.workspace, by, "webhook.deleted", endpoint, before=facts(endpoint), after={}
    )
    Delivery.objects.filter(endpoint=endpoint).delete()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).delete()
    if endpoint.secret is not None:
        endpoint.secret.delete()


def _readable(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Those that can be read; after a lost key the owner sets all of them again."""
    try:
        return own_headers.kept(endpoint)
    except vault.Unreadable:
        return {}


def _merged(old: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Header names have no case: one that is set again takes the place of the one before."""
    named = {name.lower() for name in patch}
    kept = {name: value for name, value in old.items() if name.lower() not in named}
    return kept | {name: value for name, value in patch.items() if value is not None}
