"""How bodies and queries are read: JSON that every database can store, or a readable refusal."""

from __future__ import annotations

from typing import Any, TypeVar

import orjson
from django.db import models
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from dashboard.agents.documents import as_text
from dashboard.workspaces import ids

from .errors import Malformed, Refusal, nothing

DEEPEST = 64
Row = TypeVar("Row", bound=models.Model)


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
