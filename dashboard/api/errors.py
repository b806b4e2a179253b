"""What goes wrong under /v1/, in the one form that clients read (contract rest.md §1.1)."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from asgiref.sync import iscoroutinefunction
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from dashboard.agents.documents import Unfit, complaint
from dashboard.workspaces import ids

log = logging.getLogger(__name__)

_SLUGS = {
    400: ("bad_request", "The server could not read this request."),
    401: ("needs_authorization", "Send your API key in the xi-api-key header."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("too_large", "The request is larger than this server accepts."),
    415: ("unsupported_media_type", "Send the body as application/json."),
    429: ("too_many_requests", "Too many requests. Please try again later."),
    500: ("internal_error", "Something went wrong on the server."),
}


class Refusal(Exception):
    """An answer other than the one asked for; slug and message are the caller's to read."""

    def __init__(self, status: int, slug: str = "", message: str = "") -> None:
        usual = _SLUGS.get(status, _SLUGS[400])
        self.status, self.slug, self.message = status, slug or usual[0], message or usual[1]
        super().__init__(self.slug)


class Malformed(Exception):
    """A body or a query that cannot be read; answered like every other failed validation."""

    def __init__(self, where: list[str | int], message: str, kind: str) -> None:
        super().__init__(kind)
        self.errors = [{"loc": where, "msg": message, "type": kind}]


def nothing(what: str) -> Refusal:
    """404 for a thing that this workspace does not have, whoever else may have it."""
    slug = what.replace(" ", "_")
    return Refusal(404, f"{slug}_not_found", f"There is no such {what}.")


def answer(status: int, body: Any) -> HttpResponse:
    response = HttpResponse(orjson.dumps(body), status=status, content_type="application/json")
    # Django would log the whole address, with signatures and search words in its query.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response


def refused(refusal: Refusal, **more: Any) -> HttpResponse:
    detail = {"status": refusal.slug, "message": refusal.message, "code": refusal.slug} | more
    return answer(refusal.status, {"detail": detail})


def unfit(errors: list[dict[str, Any]]) -> HttpResponse:
    return answer(422, {"detail": errors})


def speak_json(door: NinjaAPI) -> None:
    """Give the door its words for everything that can be raised behind it."""
    for kind in (
        Exception,
        HttpError,
        Http404,
        ValidationError,
    ):  # where Ninja has words of its own
        door.add_exception_handler(kind, _explained)


def _explained(request: HttpRequest, error: Any) -> HttpResponse:
    match error:
        case Refusal():
            return refused(error)
        case Malformed():
            return unfit(error.errors)
        case Unfit():
            return unfit([complaint(e, "body") for e in error.errors])
        case ValidationError():
            return unfit([_placed(e) for e in error.errors])
        case RequestDataTooBig():
            return refused(Refusal(413))
        case SuspiciousOperation():  # such as too many parameters
            return refused(Refusal(400))
        case Http404():
            return refused(Refusal(404))
        case HttpError():
            # Ninja wraps whatever the parser says about a body.
            if isinstance(error.__cause__, Refusal | Malformed):
                return _explained(request, error.__cause__)
            return refused(Refusal(error.status_code))
        case _:
            return _broken(error)


def _placed(error: dict[str, Any]) -> dict[str, Any]:
    """Without the name that our functions have for the body or the query as a whole."""
    place = list(error["loc"])
    if place[0] == "body" or place[:2] == ["query", "query"]:
        del place[1:2]
    return complaint({**error, "loc": place})


def _broken(error: Exception) -> HttpResponse:
    """A bug of ours: the log has all of it, the caller an id to ask with."""
    request_id = ids.new_id("req")
    log.error("request failed", exc_info=error, extra={"request_id": request_id})
    return refused(Refusal(500), request_id=request_id)


def under_v1(path: str) -> bool:
    """Also where a client has built the address carelessly: `//v1/…`, `/V1/…`."""
    return bool(re.match(r"/+v1(/|$)", path, re.IGNORECASE))


Respond = Callable[[HttpRequest], HttpResponseBase]
RespondAsync = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def json_under_v1(get_response: Any) -> Respond | RespondAsync:
    """Turn what Django itself refuses under /v1/ (methods, hosts, routes) into JSON as well."""
    if iscoroutinefunction(get_response):

        async def respond_async(request: HttpRequest) -> HttpResponseBase:
            return _in_json(request, await get_response(request))

        return respond_async

    def respond(request: HttpRequest) -> HttpResponseBase:
        return _in_json(request, get_response(request))

    return respond


def _in_json(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    kind = response.headers.get("Content-Type", "")
    fine = response.status_code < 400 or kind.startswith("application/json")
    if fine or not under_v1(request.path_info):
        return response
    told = refused(Refusal(response.status_code))
    if "Allow" in response.headers:
        told.headers["Allow"] = response.headers["Allow"]
    return told
