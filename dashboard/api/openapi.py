"""The OpenAPI document: what Ninja knows of the routes, what they tell, and what they all share."""

from __future__ import annotations

import hashlib
import re
from copy import deepcopy
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from pydantic.json_schema import models_json_schema

from .door import door
from .shapes.errors import Refused, Unfit
from .telling import CLASHES, SHAPES

JSON = dict[str, Any]
_REFS = "#/components/schemas/{model}"
_NAMED = re.compile(r'"#/components/schemas/([^"]+)"')
_ABOUT = (
    "Agents for websites, on your own server. Text conversations themselves run over the WebSocket "
    "`/v1/convai/conversation`; everything around them is here."
)
_REFUSALS = {
    400: ("BadRequest", "It cannot be read, or cannot be done as things are."),
    401: ("NeedsKey", "No key was sent, or one that is unknown, revoked or expired."),
    403: ("Forbidden", "The key, or the visitor's page, may not do this."),
    404: ("NotFound", "There is no such thing in this workspace."),
    413: ("TooLarge", "It is larger than this server accepts."),
    415: ("UnsupportedMediaType", "The body is of another kind than this route reads."),
    422: ("Unfit", "It does not fit; `loc` names the path to what does not."),
    429: ("TooManyRequests", "Too many requests; `Retry-After` says when to come back."),
}
_SOME_SECONDS = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
_REQUEST_ID = {"description": "Name it when you ask for help.", "schema": {"type": "string"}}
_SAFE_TO_RETRY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "A word of your own for this request: sent again, it makes nothing twice and "
    "is answered as the first time.",
}


class Described(OpenAPISchema):
    """Ninja's document, with the answers and refusals that its routes really give."""

    def responses(self, operation: Operation) -> dict[int, JSON]:
        return {}  # only what the route tells, and what is added below

    def operation_details(self, operation: Operation) -> JSON:
        said: JSON = deepcopy(super().operation_details(operation))
        said["operationId"] = _short(said["operationId"])
        said["summary"], said["description"] = _headline(said)
        said["parameters"] = [_without_null(one) for one in said["parameters"]]
        if "POST" in operation.methods and "security" in said:
            said["parameters"].append(deepcopy(_SAFE_TO_RETRY))
        said.setdefault("security", [])
        _add_refusals(said)
        return said


def document(api: NinjaAPI) -> JSON:
    """The document of a door's routes. Raises ValueError where two shapes share a name."""
    told = Described(api, "v1/")
    schemas = told["components"]["schemas"]
    _, refusals = models_json_schema(
        [(Refused, "serialization"), (Unfit, "serialization")], ref_template=_REFS
    )
    clashing = CLASHES | {
        name
        for part in (SHAPES, refusals["$defs"])
        for name, shape in part.items()
        if schemas.setdefault(name, shape) != shape
    }
    if clashing:
        raise ValueError(f"Different shapes have the same name: {', '.join(sorted(clashing))}.")
    told["components"]["responses"] = {
        name: _refusal(code, description) for code, (name, description) in _REFUSALS.items()
    }
    told["components"]["headers"] = {"x-request-id": _REQUEST_ID, "Retry-After": _SOME_SECONDS}
    told["components"]["securitySchemes"]["KeyHeader"]["description"] = (
        "An API key of the workspace: Settings, API keys."
    )
    told["info"]["description"] = _ABOUT
    told["servers"] = [{"url": settings.PUBLIC_URL or "/"}]
    tags = {
        tag: None for path in told["paths"].values() for op in path.values() for tag in op["tags"]
    }
    told["tags"] = [{"name": tag} for tag in tags]
    # Ninja counts statuses as numbers; in JSON they are names.
    plain: JSON = orjson.loads(orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS))
    _forget_unused(plain)
    return plain


def _forget_unused(told: JSON) -> None:
    """Ninja also describes what it has taken apart, such as a query that is a model."""
    schemas = told["components"]["schemas"]
    while unused := schemas.keys() - {*_NAMED.findall(orjson.dumps(told).decode())}:
        for name in unused:
            del schemas[name]


def _short(operation_id: str) -> str:
    """For example `agents_create`: the module and the name of the route's function."""
    return operation_id.removeprefix("dashboard_api_")


def _headline(said: JSON) -> tuple[str, str]:
    """The first sentence of the docstring, and the rest of it."""
    words = " ".join(said.get("description", "").split())
    first, _, rest = words.partition(". ")
    return (first.rstrip(".") or said["summary"]), rest


def _without_null(parameter: JSON) -> JSON:
    """An address has no null: what may be left out is left out."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if kinds:
        rest = {name: value for name, value in schema.items() if name != "anyOf"}
        schema = rest | kinds[0] if len(kinds) == 1 else rest | {"anyOf": kinds}
    if schema.get("default", 0) is None:
        schema = {name: value for name, value in schema.items() if name != "default"}
    return parameter | {"schema": schema}


def _add_refusals(said: JSON) -> None:
    """Each once in the components, named by every operation that can give it."""
    answers = said["responses"]
    codes = {400, 429} | {code for code, told in answers.items() if not told}
    if said["security"]:
        codes |= {401, 403}
    if "requestBody" in said:
        codes |= {404, 413, 415, 422}
    if any(one["name"].endswith(("_id", "_ids")) for one in said["parameters"]):
        codes.add(404)
    if said["parameters"]:
        codes.add(422)
    for answer in answers.values():
        answer["headers"] = {"x-request-id": {"$ref": "#/components/headers/x-request-id"}}
    refusals = {code: {"$ref": f"#/components/responses/{_REFUSALS[code][0]}"} for code in codes}
    said["responses"] = dict(sorted((answers | refusals).items()))


def _refusal(code: int, description: str) -> JSON:
    shape = Unfit if code == 422 else Refused
    headers = ["x-request-id"] + ["Retry-After"] * (code == 429)
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {"application/json": {"schema": {"$ref": _REFS.format(model=shape.__name__)}}},
    }


@cache
def _printed() -> bytes:
    return orjson.dumps(document(door))


def _tag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(_printed()).hexdigest()[:32]}"'


@require_safe
@condition(etag_func=_tag)
def openapi_json(request: HttpRequest) -> HttpResponse:
    """Public: it holds nothing of anybody's."""
    response = HttpResponse(_printed(), content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response
