"""What every answer under /v1/ has around it: an id, JSON even from Django, and CORS where due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from dashboard.workspaces import ids

from . import cors
from .errors import Refusal, refused, request_id_of, under_v1
from .reading import read_forms_with_care

Respond = Callable[[HttpRequest], HttpResponseBase]
RespondAsync = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def enveloped(get_response: Any) -> Respond | RespondAsync:
    """Around everything else, so that nothing under /v1/ leaves without it."""
    if iscoroutinefunction(get_response):

        async def respond_async(request: HttpRequest) -> HttpResponseBase:
            if not under_v1(request.path_info):
                return cast(HttpResponseBase, await get_response(request))
            method = _opened(request)
            early = _early(request, method)
            return _closed(request, method, early or await get_response(request))

        return respond_async

    def respond(request: HttpRequest) -> HttpResponseBase:
        if not under_v1(request.path_info):
            return cast(HttpResponseBase, get_response(request))
        method = _opened(request)
        early = _early(request, method)
        return _closed(request, method, early or get_response(request))

    return respond


def _opened(request: HttpRequest) -> str:
    """Give the request its id; HEAD is asked as GET, and loses its body on the way out."""
    vars(request)["request_id"] = ids.request_id()
    method = request.method or ""
    if method == "HEAD":
        request.method = "GET"
    return method


def _early(request: HttpRequest, method: str) -> HttpResponse | None:
    """The answer to what no route has to see."""
    try:
        read_forms_with_care(request)
    except Refusal as refusal:
        return refused(refusal, request_id_of(request))
    return cors.preflight(request.path_info) if method == "OPTIONS" else None


def _closed(request: HttpRequest, method: str, response: HttpResponseBase) -> HttpResponseBase:
    response = _in_json(request, method, response)
    response.headers["x-request-id"] = request_id_of(request)
    cors.open_up(request.path_info, method, response.headers)
    if method != "OPTIONS" and response.status_code != 304:
        response.headers.setdefault("Cache-Control", "private, no-store")
    if method == "HEAD" and isinstance(response, HttpResponse):
        length = str(len(response.content))
        response.content = b""
        response.headers["Content-Length"] = length
    return response


def _in_json(request: HttpRequest, method: str, response: HttpResponseBase) -> HttpResponseBase:
    """What Django itself refuses (methods, hosts), in the words that clients read."""
    kind = response.headers.get("Content-Type", "")
    if response.status_code < 400 or kind.startswith("application/json"):
        return response
    allowed = _allowed(response)
    if method == "OPTIONS" and allowed:
        return HttpResponse(status=204, headers={"Allow": allowed})
    told = refused(Refusal(response.status_code), request_id_of(request))
    told.headers["Content-Length"] = str(len(told.content))  # Django's own has been passed
    if allowed:
        told.headers["Allow"] = allowed
    return told


def _allowed(response: HttpResponseBase) -> str:
    """Django names the methods of the route; HEAD and OPTIONS we answer ourselves."""
    named = {one.strip() for one in response.headers.get("Allow", "").split(",")} - {""}
    if not named:
        return ""
    return ", ".join(sorted(named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set())))
