"""What goes wrong under /v1/, in the one form that clients read (contract rest.md §1.1)."""

from __future__ import annotations

import logging
import re
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from dashboard.agents.documents import Unfit, complaint
from dashboard.log import unquoted

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
_TYPES = {
    401: "authentication_error",
    403: "authorization_error",
    404: "not_found",
    429: "rate_limit_error",
}


class Refusal(Exception):
    """An answer other than the one asked for; slug and message are the caller's to read.

    param: the field or parameter that is to blame. retry_after: seconds, for those who are early.
    """

    def __init__(
        self,
        status: int,
        slug: str = "",
        message: str = "",
        *,
        param: str = "",
        retry_after: int | None = None,
    ) -> None:
        usual = _SLUGS.get(status, _SLUGS[500 if status >= 500 else 400])
        self.status, self.slug, self.message = status, slug or usual[0], message or usual[1]
        self.param, self.retry_after = param, retry_after
        super().__init__(self.slug)

    @property
    def type(self) -> str:
        return _TYPES.get(
            self.status, "internal_error" if self.status >= 500 else "invalid_request"
        )


class Malformed(Exception):
    """A body or a query that cannot be read; answered like every other failed validation."""

    def __init__(self, where: list[str | int], message: str, kind: str) -> None:
        super().__init__(kind)
        self.errors = [{"loc": where, "msg": message, "type": kind}]


def nothing(what: str) -> Refusal:
    """404 for a thing that this workspace does not have, whoever else may have it."""
    slug = what.replace(" ", "_")
    return Refusal(404, f"{slug}_not_found", f"There is no such {what}.")


def too_large(most: int) -> Refusal:
    """413 for a whole request; most: bytes."""
    return Refusal(413, message=f"A request has at most {most / 1024**2:.4g} MB.")


def answer(status: int, body: Any) -> HttpResponse:
    response = HttpResponse(orjson.dumps(body), status=status, content_type="application/json")
    # Django would log the whole address, with signatures and search words in its query.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response


def request_id_of(request: HttpRequest) -> str:
    """The id that the answer carries as `x-request-id` (envelope.py)."""
    return str(getattr(request, "request_id", ""))


def refused(refusal: Refusal, request_id: str = "") -> HttpResponse:
    detail = {
        "type": refusal.type,
        "code": refusal.slug,
        "status": refusal.slug,
        "message": refusal.message,
    }
    more = {"param": refusal.param, "request_id": request_id}
    response = answer(
        refusal.status, {"detail": detail | {name: told for name, told in more.items() if told}}
    )
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


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
        case Malformed():
            return unfit(error.errors)
        case Unfit():
            return unfit([complaint(e, "body") for e in error.errors])
        case ValidationError():
            return unfit([_placed(e) for e in error.errors])
        case HttpError() if isinstance(error.__cause__, Refusal | Malformed):
            # Ninja wraps whatever the parser says about a body.
            return _explained(request, error.__cause__)
    refusal = _refusal(error)
    request_id = request_id_of(request)
    if refusal.status >= 500 and not isinstance(error, Refusal):  # a bug of ours: the log has it
        log.error("request failed", extra={"request_id": request_id, **unquoted(error)})
    return refused(refusal, request_id)


def _refusal(error: Any) -> Refusal:
    match error:
        case Refusal():
            return error
        case RequestDataTooBig():
            return too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
        case SuspiciousOperation() | BadRequest() | MultiPartParserError() | UnreadablePostError():
            return Refusal(400)  # such as too many parameters, or a form that breaks off
        case Http404():
            return Refusal(404)
        case HttpError():
            return Refusal(error.status_code)
    return Refusal(500)


def _placed(error: dict[str, Any]) -> dict[str, Any]:
    """Without the name that our functions have for the body or the query as a whole."""
    place = list(error["loc"])
    if place[0] in ("form", "file"):  # parts of a body all the same
        place[0] = "body"
    elif place[0] == "body" or place[:2] == ["query", "query"]:
        del place[1:2]
    return complaint({**error, "loc": place})


def under_v1(path: str) -> bool:
    """Also where a client has built the address carelessly: `//v1/…`, `/V1/…`."""
    return bool(re.match(r"/+v1(/|$)", path, re.IGNORECASE))
