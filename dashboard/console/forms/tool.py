"""A shared tool as a form beside its whole document; what is typed is laid over the document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from dashboard.agents.documents import Unfit
from dashboard.agents.tool_dialect import in_rest_form

from .json_text import HALVES, NotJson, is_fit, parsed
from .json_text import shown as showable

JSON = dict[str, Any]
KINDS = {"webhook": "Web request", "client": "Action in the page", "system": "Built-in"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TIMEOUT = 20
LONGEST = 500_000  # characters of a document
VALUE, VARIABLE, SECRET = "value", "variable", "secret:"
EMPTY_ROWS = 2


@dataclass(frozen=True)
class Header:
    """One row. `source`: a value, a variable, or `secret:` and the id of a secret."""

    name: str = ""
    source: str = VALUE
    text: str = ""


@dataclass(frozen=True)
class Typed:
    """What the form shows and what comes back from it, before it is checked."""

    name: str = ""
    description: str = ""
    method: str = "GET"
    url: str = ""
    timeout: str = str(TIMEOUT)
    waits: bool = False
    headers: tuple[Header, ...] = ()

    @property
    def rows(self) -> list[Header]:
        return [*self.headers, *[Header()] * EMPTY_ROWS]


class Unreadable(Exception):
    """What was typed into a field cannot be read; the text says why."""

    def __init__(self, reason: str, field: str = "document") -> None:
        super().__init__(reason)
        self.field = field


def check_texts(post: QueryDict) -> None:
    """Raises Unreadable for a field that no database could keep."""
    for name, values in post.lists():
        if not all(map(is_fit, values)):
            field = "headers" if name.startswith("header_") else name
            raise Unreadable(HALVES, field if field in _FIELDS.values() else "document")


def typed_of(post: QueryDict) -> Typed:
    post = post.copy()
    for name, texts in post.lists():
        post.setlist(name, [showable(text) for text in texts])
    names, sources = post.getlist("header_name"), post.getlist("header_source")
    rows = zip(names, sources, post.getlist("header_text"), strict=False)
    given = {name: post.get(name, "") for name in ("name", "method", "url", "timeout")}
    return Typed(
        description=post.get("description", "").replace("\r\n", "\n"),
        waits=post.get("waits") == "on",
        headers=tuple(Header(n.strip(), s, t) for n, s, t in rows if n.strip() or t.strip()),
        **{name: value.strip() for name, value in given.items()},
    )


def shown(document: Mapping[str, Any]) -> Typed:
    """What the form shows of a document in the REST form."""
    api = _part(document, "api_schema")
    headers = _part(api, "request_headers")
    return Typed(
        str(document.get("name") or ""),
        str(document.get("description") or ""),
        str(api.get("method") or "GET"),
        str(api.get("url") or ""),
        str(document.get("response_timeout_secs") or TIMEOUT),
        document.get("expects_response") is True,
        tuple(_header(name, value) for name, value in headers.items()),
    )


def read(text: str) -> JSON:
    """A document in either dialect. Raises Unreadable."""
    if not text.strip():
        return {}
    if len(text) > LONGEST or "\0" in text:
        raise Unreadable(f"A document has at most {LONGEST:,} characters, and no NUL.")
    try:
        found = parsed(text)
    except NotJson as trouble:
        raise Unreadable(str(trouble)) from None
    if isinstance(found, dict) and isinstance(found.get("tool_config"), dict):
        found = found["tool_config"]
    if not isinstance(found, dict):
        raise Unreadable("A tool is described by an object: {…}.")
    try:
        document: JSON = in_rest_form(found)
    except Unfit as unfit:
        raise Unreadable(f"{unfit}: {unfit.errors[0]['msg']}.") from None
    return document


def as_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def laid_over(document: Mapping[str, Any], before: Typed, now: Typed) -> JSON:
    """The document with what was changed in the form; everything else stays as it is there.

    Raises Unreadable for a header.
    """
    whole: JSON = dict(document)
    api: JSON = dict(_part(document, "api_schema"))
    for name in ("name", "description"):
        if getattr(now, name) != getattr(before, name):
            whole[name] = getattr(now, name)
    if now.timeout != before.timeout:
        whole["response_timeout_secs"] = _number(now.timeout)
    if now.waits != before.waits:
        whole["expects_response"] = now.waits
    if now.url != before.url:
        api["url"] = now.url
    if now.method != before.method and now.method:
        api["method"] = now.method
    if now.headers != before.headers:
        api["request_headers"] = {h.name: _sent(h) for h in now.headers}
    if whole.get("type") == "webhook":
        whole["api_schema"] = api
    return whole


def beside(unfit: Unfit) -> dict[str, str]:
    """By field of the form: what is wrong, and what to write."""
    errors: dict[str, str] = {}
    for error in unfit.errors:
        place = [str(part) for part in error["loc"]]
        field = next((f for path, f in _FIELDS.items() if place[1 : 1 + len(path)] == [*path]), "")
        if field:
            errors.setdefault(field, _WORDS.get(field) or f"{place[-1]}: {error['msg']}.")
        else:
            errors.setdefault("document", f"{'.'.join(place[1:])}: {error['msg']}.")
    return errors


_FIELDS = {
    ("name",): "name",
    ("description",): "description",
    ("response_timeout_secs",): "timeout",
    ("api_schema", "url"): "url",
    ("api_schema", "method"): "method",
    ("api_schema", "request_headers"): "headers",
}
_WORDS = {
    "name": "Use 1 to 64 letters, digits, dashes and underscores, without spaces.",
    "description": "Say when the agent should use it.",
    "timeout": "Write whole seconds: 5 to 300 for a web request, 1 to 120 in the page.",
    "url": "Start with https:// (or http://), then the host.",
    "method": f"Choose one of {', '.join(METHODS)}.",
}


def _header(name: str, value: Any) -> Header:
    match value:
        case {"secret_id": str(secret_id)}:
            return Header(name, SECRET + secret_id)
        case {"variable_name": str(variable)}:
            return Header(name, VARIABLE, variable)
        case str():
            return Header(name, VALUE, value)
    return Header(name, "kept", json.dumps(value, ensure_ascii=False))


def _sent(header: Header) -> Any:
    if header.source.startswith(SECRET):
        return {"secret_id": header.source.removeprefix(SECRET)}
    if header.source == VARIABLE:
        return {"variable_name": header.text.strip()}
    if header.source == "kept":  # a source that the form does not know
        try:
            return parsed(header.text)
        except NotJson as trouble:
            raise Unreadable(f"{header.name}: {trouble}", "headers") from None
    return header.text


def _number(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _part(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = tree.get(name)
    return part if isinstance(part, Mapping) else {}
