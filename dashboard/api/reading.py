"""How bodies and queries are read: JSON that every database can store, or a readable refusal."""

from __future__ import annotations

from functools import wraps
from typing import Any, TypeVar

import orjson
from django.db import models
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from dashboard.agents.documents import as_text
from dashboard.workspaces import ids
from dashboard.workspaces.models import ApiKey, Scope
from dashboard.workspaces.retelling import veiled

from .errors import Malformed, Refusal, nothing

DEEPEST = 64
CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii", "latin-1", "iso-8859-1"}
Row = TypeVar("Row", bound=models.Model)


def read_forms_with_care(request: HttpRequest) -> None:
    """Django takes every codec that Python has, and stumbles over some: a form is text.

    Raises Refusal for a charset that is no plain one; whatever else cannot be read is Malformed
    when somebody looks at the form, and not before: strangers' forms are never taken apart.
    """
    named = str((request.content_params or {}).get("charset", "")).lower()
    if named in CHARSETS or request.encoding is None:
        pass
    elif request.content_type == "multipart/form-data":
        raise Refusal(415, message="Send the form in UTF-8, US-ASCII or Latin-1.")
    else:
        request.encoding = "utf-8"  # the query, which JSON's charset says nothing about
    parse = request.parse_file_upload

    @wraps(parse)
    def parsed(*told: Any) -> Any:
        try:
            fields, files = parse(*told)
        except (LookupError, UnicodeError):
            raise Malformed(["body"], "This form cannot be read", "value_error") from None
        _check_texts(fields, files)
        return fields, files

    vars(request)["parse_file_upload"] = parsed


def _check_texts(fields: MultiValueDict[str, Any], files: MultiValueDict[str, Any]) -> None:
    for name, values in fields.lists():
        if not _is_text(name) or not all(map(_is_text, values)):
            raise Malformed(_field(name), "This is not text in the form's charset", "value_error")
    for name, some in files.lists():
        if not _is_text(name) or not all(_is_text(file.name or "") for file in some):
            raise Malformed(_field(name), "The file's name is not text", "value_error")


def _is_text(value: str) -> bool:
    """Django puts U+FFFD in place of what it cannot read; halves of characters are no text."""
    return not any(sign == "\ufffd" or "\ud800" <= sign <= "\udfff" for sign in value)


def _field(name: str) -> list[str | int]:
    return ["body", name] if _is_text(name) else ["body"]


class JsonParser(Parser):
    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        if "json" not in (request.content_type or ""):
            raise Refusal(415)
        try:
            sent = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise Malformed(["body", error.pos], "JSON decode error", "json_invalid") from None
        trouble = _unstorable(sent, DEEPEST)
        if trouble:
            raise Malformed(["body"], trouble, "json_invalid")
        return sent  # type: ignore[no-any-return]  # whatever it is, the model checks it

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        if data is not request.GET and request.content_type != "multipart/form-data":
            raise Refusal(415, message="Send the body as multipart/form-data.")
        for name, values in data.lists():
            if any(isinstance(value, str) and "\0" in value for value in values):
                raise Malformed(["query", name], "NUL is not allowed", "value_error")
        return super().parse_querydict(data, list_fields, request)


class JsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        key = getattr(request, "auth", None)
        if isinstance(key, ApiKey) and key.scope != Scope.WRITE:
            data = veiled(data)  # who cannot change a header has no need of what it sends
        try:
            return orjson.dumps(data)
        except orjson.JSONEncodeError:  # numbers beyond 64 bits, more than 254 levels
            return as_text(data).encode()


def found(rows: models.QuerySet[Row], pk: str, what: str) -> Row:
    """The workspace's row with this id; whatever else an id may be, it is a 404."""
    # There is one at most: sorting and cutting would only make the question longer.
    row = next(iter(rows.filter(pk=pk).order_by()), None) if ids.is_id(pk) else None
    if row is None:
        raise nothing(what)
    return row


def _unstorable(value: Any, depth: int) -> str:
    """Why PostgreSQL or the readers of nested documents would stumble over this; empty if not."""
    if isinstance(value, str):
        return "NUL is not allowed" if "\0" in value else ""
    if isinstance(value, dict):
        parts: Any = (part for pair in value.items() for part in pair)
    elif isinstance(value, list):
        parts = value
    else:
        return ""
    if not depth:
        return f"Deeper than {DEEPEST} levels"
    return next(filter(None, (_unstorable(part, depth - 1) for part in parts)), "")
