"""What the browser may load and run on our pages: our own files and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase


class ContentPolicy:
    """Sends the policy with every HTML page of the dashboard; `csp_nonce` is for its one style."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        vars(request)["csp_nonce"] = secrets.token_urlsafe(16)
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        return _with_policy(request, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _with_policy(request, await self.get_response(request))


def _with_policy(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    ours = not request.path.startswith("/v1/")
    is_page = isinstance(response, HttpResponse) and "html" in response.headers.get(
        "Content-Type", ""
    )
    if ours and is_page and isinstance(response, HttpResponse):
        response.headers["Content-Security-Policy"] = _policy(request)
        response.headers["Referrer-Policy"] = "same-origin"
    return response


def _policy(request: HttpRequest) -> str:
    host = request.get_host()
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' 'nonce-{vars(request)['csp_nonce']}'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        # Not every browser counts the test chat's socket as 'self'.
        "connect-src": f"'self' ws://{host} wss://{host}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
