"""Who is calling: the `xi-api-key` header, and what the key behind it may do."""

from __future__ import annotations

import re

from django.http import HttpRequest
from ninja.security import APIKeyHeader

from dashboard.workspaces.access import has_expired, key_named
from dashboard.workspaces.audit import Actor
from dashboard.workspaces.models import ApiKey, Door, Scope

from .errors import Refusal, request_id_of
from .rate_limits import address_of, count_key, doubts

# As the routes are written, below /v1/convai/.
_STARTING = re.compile(r"conversation/(get-signed-url|get_signed_url|token)")
# They answer a question that is too long for an address, and change nothing.
_READING_POSTS = re.compile(r"(agent/[^/]+/)?llm-usage/calculate|agent-testing/summaries")
_WHERE = "Keys are made in the dashboard under Settings, API keys."
_MAY = {
    Scope.READ: "This API key may only read. Use one with the scope 'write'.",
    Scope.START: "This API key may only start conversations. "
    "Use one with the scope 'read' to look at things, 'write' to change them.",
}


class Request(HttpRequest):
    """A request that has come past the key."""

    auth: ApiKey


class KeyHeader(APIKeyHeader):
    param_name = "xi-api-key"

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey:
        address = address_of(request)
        digest = ApiKey.digest_of(key or "")
        doubts.check(address, digest)
        found = key_named(key) if key else None
        if found is None:
            doubts.failed(address)  # before the second question, which says why
            raise _unknown(key)
        doubts.succeeded(address, digest)
        count_key(found)
        _check_scope(request, found)
        return found


def _unknown(key: str | None) -> Refusal:
    if not key:
        return Refusal(401)
    if has_expired(key):
        return Refusal(401, "invalid_api_key", f"This API key has expired. {_WHERE}")
    return Refusal(401, "invalid_api_key", f"This API key is unknown or revoked. {_WHERE}")


def _check_scope(request: HttpRequest, key: ApiKey) -> None:
    if key.scope == Scope.WRITE:
        return
    path = request.path_info.removeprefix("/v1/convai/")
    reads = request.method in ("GET", "HEAD") or (
        request.method == "POST" and bool(_READING_POSTS.fullmatch(path))
    )
    starts = request.method in ("GET", "HEAD") and bool(_STARTING.fullmatch(path))
    if not (starts if key.scope == Scope.START else reads):
        raise Refusal(403, "missing_permissions", _MAY[Scope(key.scope)])


def caller(request: Request) -> Actor:
    """Who the audit log names for what this request changes."""
    key = request.auth
    return Actor(key.made_by, key, Door.API, request_id_of(request))
