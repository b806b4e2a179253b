"""Run a customer's HTTP tool: build the request, send it through the guarded client, read it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from dashboard.engine.variables import Value, shown

from . import http
from .masking import masked
from .tool_address import address
from .tool_fields import ABSENT, Field, Group, Misfit, filled

MOST_SHOWN = 30_000  # characters of an answer that the model gets to read
MOST_READ = 2 * 1024 * 1024  # bytes of an answer that are read at all
MOST_REDIRECTS = 5
# What stands in these is a login, even where nobody said that it is a secret.
_LOGINS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"})


@dataclass(frozen=True)
class WebhookCall:
    """One call of a webhook tool. Only `headers` may hold secrets; `secrets` names their values.

    `names`: (place, field) -> the argument that the model fills, place being path, query or body.
    """

    method: str
    url: str
    path: Group = field(default_factory=Group)
    query: Group = field(default_factory=Group)
    body: Field | None = None
    form: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    values: Mapping[str, Value | None] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    timeout: float = 20
    follow_redirects: bool = False


@dataclass(frozen=True)
class Outgoing:
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Heard:
    """What the model gets to read. `status` 0: there was no answer."""

    text: str
    is_error: bool = False
    status: int = 0


async def call(request: WebhookCall, allow: Sequence[str] = ()) -> Heard:
    """Send the call; whatever goes wrong is an answer in words. `allow`: opened hosts and nets."""
    redirects = MOST_REDIRECTS if request.follow_redirects else 0
    bounds = http.Bounds(request.timeout, MOST_READ, redirects, tuple(allow))
    try:
        out = outgoing(request)
        answer = await http.fetch(
            out.method, out.url, headers=out.headers, content=out.content, bounds=bounds
        )
    except Misfit as misfit:
        return Heard(f"Not sent: {misfit}", is_error=True)
    except http.Blocked as blocked:
        return Heard(masked(f"Not sent: {blocked.reason}", request.secrets), is_error=True)
    except http.NoAnswer as silence:
        return Heard(masked(f"No answer: {silence.reason}", request.secrets), is_error=True)
    return _heard(answer.status, masked(_readable(answer), request.secrets))


def _readable(answer: http.Answer) -> str:
    """The answer as text; a picture is no text, and no database wants its zero bytes."""
    if b"\0" in answer.content:
        return f"[{len(answer.content):,} bytes that are not text]"
    return answer.text


def _heard(status: int, text: str) -> Heard:
    if len(text) > MOST_SHOWN:
        text = f"{text[:MOST_SHOWN]}\n[cut here: the answer is longer]"
    if 200 <= status < 300:
        return Heard(text or f"Done (HTTP {status}, nothing more was said).", status=status)
    if 300 <= status < 400:
        return Heard(f"HTTP {status}: redirects are not followed.", is_error=True, status=status)
    return Heard(f"HTTP {status}: {text}".rstrip(": "), is_error=True, status=status)


# --- The request -----------------------------------------------------------------------------


def outgoing(request: WebhookCall) -> Outgoing:
    """The HTTP request that a call makes. Raises Misfit."""
    path = filled(request.path, _given(request, "path", request.path), request.values, "")
    query = filled(request.query, _given(request, "query", request.query), request.values, "")
    guarded = bool(request.secrets) or any(name.lower() in _LOGINS for name in request.headers)
    url = address(request.url, path, request.values, guarded=guarded)
    if query:
        pairs = urlencode({name: shown(value) for name, value in query.items()})
        bare, mark, fragment = url.partition("#")
        url = f"{bare}{'&' if '?' in bare else '?'}{pairs}{mark}{fragment}"
    content, kind = _content(request)
    headers = dict(request.headers)
    if kind and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = kind
    return Outgoing(request.method, url, headers, content)


def _given(request: WebhookCall, place: str, wanted: Group) -> dict[str, Any]:
    """The model's arguments for one place, under the names that the other side knows."""
    arguments = {name: request.names.get((place, name), "") for name in wanted.fields}
    return {
        name: request.arguments[argument]
        for name, argument in arguments.items()
        if argument in request.arguments
    }


def _content(request: WebhookCall) -> tuple[bytes, str]:
    if request.body is None or request.method == "GET":
        return b"", ""
    if isinstance(request.body, Group):
        body = filled(request.body, _given(request, "body", request.body), request.values, "")
    else:
        name = request.names.get(("body", ""), "")
        given = request.arguments.get(name, ABSENT)
        body = filled(request.body, given, request.values, name or "body")
    if body is ABSENT:
        return b"", ""
    if request.form and isinstance(body, Mapping):
        return urlencode(list(_form(body))).encode(), "application/x-www-form-urlencoded"
    return json.dumps(body, ensure_ascii=False).encode(), "application/json"


def _form(body: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Form fields; an object inside becomes `outer[inner]`, a list repeats its name."""
    pairs: list[tuple[str, str]] = []
    for name, value in body.items():
        place = f"{above}[{name}]" if above else name
        for one in value if isinstance(value, list) else [value]:
            pairs += _form(one, place) if isinstance(one, Mapping) else [(place, shown(one))]
    return pairs
