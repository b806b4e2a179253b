"""`Idempotency-Key`: a POST that is sent again gets the answer of the first time.

Around every route behind a key (threshold.py), so that no create has to think of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from asgiref.sync import iscoroutinefunction
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse

from dashboard.workspaces import retries
from dashboard.workspaces.models import ApiKey
from dashboard.workspaces.retries import Again, Busy, Claim, Different

from .errors import Malformed, Refusal
from .reading import JsonRenderer

HEADER = "Idempotency-Key"
LONGEST = 255
REPLAYED = "Idempotent-Replayed"
View = Callable[..., Any]


def once(view: View) -> View:
    """Do what the view does at most once for each key of the caller's."""
    if iscoroutinefunction(view):  # none of them makes anything
        return view

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        name, key = request.headers.get(HEADER), getattr(request, "auth", None)
        if request.method != "POST" or name is None or not isinstance(key, ApiKey):
            return view(request, *args, **kwargs)
        if not name or len(name) > LONGEST or not name.isprintable():
            raise Malformed(
                ["header", HEADER], f"Use 1 to {LONGEST} printable characters", "value_error"
            )
        match retries.claim(key, name, _asked(request)):
            case Claim() as claim:
                return _kept(claim, request, lambda: view(request, *args, **kwargs))
            case Again(status, body):
                return _json(status, body.encode(), {REPLAYED: "true"})
            case Busy():
                message = "The first request with this Idempotency-Key is still being answered."
                raise Refusal(429, "request_in_progress", message, retry_after=1)
            case Different():
                message = "This Idempotency-Key was used for another request"
                raise Malformed(["header", HEADER], message, "idempotency_key_reused")
        message = "This was done, but its answer can no longer be opened."
        raise Refusal(400, "answer_lost", message)

    return respond


def _kept(claim: Claim, request: HttpRequest, make: Callable[[], Any]) -> Any:
    try:
        made = make()
        response = _written(request, made)
    except BaseException:
        retries.give_back(claim)
        raise
    if response is None or response.status_code >= 300:
        retries.give_back(claim)
        return made
    retries.keep(claim, response.status_code, response.content.decode())
    return response


def _written(request: HttpRequest, made: Any) -> HttpResponse | None:
    """The answer as it goes out; None for one that is a stream, and cannot be kept."""
    if isinstance(made, HttpResponse):
        plain = made.headers.get("Content-Type", "").startswith("application/json")
        return made if plain or not made.content else None
    if isinstance(made, dict | list):
        return _json(200, JsonRenderer().render(request, made, response_status=200), {})
    return None


def _json(status: int, body: bytes, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _asked(request: HttpRequest) -> str:
    """Tells this request from another. A form by its fields: its boundary is another each time."""
    parts: list[Any] = [request.method, request.get_full_path()]
    if request.content_type == "multipart/form-data":
        parts += [sorted((name, *values) for name, values in request.POST.lists())]
        for name, files in sorted(request.FILES.lists()):
            parts += [[name, file.name, file.content_type, _digest(file)] for file in files]
    else:
        parts.append(hashlib.sha256(request.body).hexdigest())
    return hashlib.sha256(orjson.dumps(parts, default=str)).hexdigest()


def _digest(file: UploadedFile[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
