"""REST on a lane of its own: each request is one hop to a thread that keeps its connection.

Django's own ASGI handler starts a thread for each request, opens a connection in it, and takes two
hops for each of a page's middlewares: most of what a small answer costs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import IO, Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import BadRequest, RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import convert_exception_to_response
from django.db import connections
from django.http.response import HttpResponse, HttpResponseBase
from django.urls import set_script_prefix
from django.utils.module_loading import import_string

from dashboard.api.errors import Refusal, refused, under_v1

THREADS = 12
_FORM = "application/x-www-form-urlencoded"
KEPT_SECONDS = 60.0  # how long a thread keeps a connection to SQLite
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class CarefulHandler(ASGIHandler):
    """Refuses a request that cannot even be made, which Django would let crash."""

    def create_request(self, scope: Any, body: IO[bytes]) -> Any:
        try:
            return super().create_request(scope, body)
        except (ValueError, BadRequest):  # a Content-Type in an encoding that nobody knows
            return None, refused(Refusal(400))


class PageHandler(CarefulHandler):
    """Django's own, for pages. Its page for a form in an odd encoding reads that form again."""

    def create_request(self, scope: Any, body: IO[bytes]) -> Any:
        request, refusal = super().create_request(scope, body)
        if request is not None and request.content_type == _FORM:
            charset = (request.content_params or {}).get("charset", "utf-8")
            if charset.lower() not in ("utf-8", "utf8"):
                return None, HttpResponse("Forms are read in UTF-8.", "text/plain", 400)
        return request, refusal


class RestHandler(CarefulHandler):
    """Answers what is under /v1/, with settings.REST_MIDDLEWARE; `pages` answers the rest."""

    def __init__(self, pages: Callable[..., Awaitable[None]]) -> None:
        super().__init__()
        self.pages = pages
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rest")

    def load_middleware(self, is_async: bool = False) -> None:
        """The chain that runs in the thread, innermost last."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        chain = convert_exception_to_response(cast(Any, self)._get_response)
        for name in reversed(settings.REST_MIDDLEWARE):
            chain = convert_exception_to_response(import_string(name)(chain))
        self._middleware_chain = chain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not under_v1(scope["path"]):
            await self.pages(scope, receive, send)
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(
            self.threads, copy_context().run, self._answered, scope, body
        )
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await sync_to_async(response.close)()

    def _answered(self, scope: Scope, body: IO[bytes]) -> HttpResponseBase:
        """The whole of a request, in one thread."""
        set_script_prefix(get_script_prefix(scope))
        _refresh_connections()
        try:
            with body:
                request, refusal = self.create_request(scope, body)
                if request is None:
                    return cast(HttpResponseBase, refusal)
                return self.get_response(request)
        finally:
            _refresh_connections()


def _refresh_connections() -> None:
    """Keep what is sound and young; PostgreSQL's go back to their pool, which keeps them better."""
    for connection in connections.all(initialized_only=True):
        # With CONN_MAX_AGE 0 a connection is due to close at the moment it was opened.
        opened = connection.close_at or 0.0
        young = connection.vendor == "sqlite" and time.monotonic() - opened < KEPT_SECONDS
        if not young or connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()
