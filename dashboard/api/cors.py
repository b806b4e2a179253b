"""Which routes the pages of other hosts may read: these, and no others (contract rest.md §1)."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.http.response import ResponseHeaders

_ROOT = "/v1/convai"
# They carry nothing of the visitor's own (no cookies, no keys), so any page may read the answer.
PUBLIC = (
    (f"{_ROOT}/agents/[^/]+/widget", "GET"),
    (f"{_ROOT}/agents/[^/]+/avatar/[^/]+", "GET"),
    (f"{_ROOT}/conversation/token", "GET"),
    (f"{_ROOT}/conversations/[^/]+/feedback", "POST"),
    (f"{_ROOT}/conversations/[^/]+/files", "POST"),
    (f"{_ROOT}/conversations/[^/]+/files/[^/]+", "DELETE"),
    (f"{_ROOT}/llm-usage/calculate", "POST"),
)
_ANY = re.compile("|".join(f"({path})" for path, _ in PUBLIC))
_READABLE = "x-request-id, retry-after"
REMEMBERED_SECONDS = 86_400


def public_method(path: str) -> str:
    """The method that pages of other hosts may use here; empty for a route that is not public."""
    found = _ANY.fullmatch(path)
    return PUBLIC[found.lastindex - 1][1] if found and found.lastindex else ""


def preflight(path: str) -> HttpResponse | None:
    """What a browser is told before it sends a header of its own, or JSON."""
    method = public_method(path)
    if not method:
        return None
    told = {
        "Access-Control-Allow-Methods": method,
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": str(REMEMBERED_SECONDS),
        "Allow": f"{method}, OPTIONS",
    }
    return HttpResponse(status=204, headers=told)


def open_up(path: str, method: str, headers: ResponseHeaders) -> None:
    """Let any page read this answer, also when it is a refusal."""
    if method in (public_method(path), "OPTIONS", "HEAD") and public_method(path):
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Access-Control-Expose-Headers"] = _READABLE
