"""Who is calling: the `xi-api-key` header."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import APIKeyHeader

from dashboard.workspaces.access import key_named
from dashboard.workspaces.audit import Actor
from dashboard.workspaces.models import ApiKey, Door

from .errors import Refusal


class Request(HttpRequest):
    """A request that has come past the key."""

    auth: ApiKey


class KeyHeader(APIKeyHeader):
    param_name = "xi-api-key"

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey:
        if not key:
            raise Refusal(401)
        found = key_named(key)
        if found is None:
            raise Refusal(401, "invalid_api_key", "This API key is unknown or revoked.")
        return found


def caller(request: Request) -> Actor:
    """Who the audit log names for what this request changes."""
    key = request.auth
    return Actor(key.made_by, key, Door.API, getattr(request, "request_id", ""))
