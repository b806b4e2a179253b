"""Every route of the REST door, as the door itself knows them: no list that could be forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from inspect import unwrap
from typing import Any

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from dashboard.api.door import door

ID = re.compile(r"(^|_)ids?$")


@dataclass(frozen=True)
class Route:
    method: str
    path: str  # below /v1, with {names}
    public: bool
    changes: bool
    query: tuple[str, ...] = ()  # ids in the query
    required: tuple[str, ...] = ()  # of the query
    body: tuple[str, ...] = ()  # names of ids at any depth of what the body may hold
    has_body: bool = False
    about: Any = field(default=None, compare=False)  # Ninja's operation

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))


@cache
def routes() -> tuple[Route, ...]:
    """All but the preflights, and what is named only to say that it is not there."""
    told = OpenAPISchema(door, "v1/")
    found = []
    for router in door._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                absent = "absence" in unwrap(operation.view_func).__code__.co_names
                for method in () if absent else set(operation.methods) - {"OPTIONS"}:
                    found.append(_route(method, f"{router.prefix}{path}", operation, told))
    return tuple(sorted(found, key=str))


def _route(method: str, path: str, operation: Operation, told: OpenAPISchema) -> Route:
    asked = [one for one in told.operation_parameters(operation) if one["in"] == "query"]
    extra = operation.openapi_extra or {}
    body = told.request_body(operation) or extra.get("requestBody")
    names = _names(body, told["components"]["schemas"]) if body else set()
    return Route(
        method,
        "/" + re.sub(r"{\w+:", "{", path).strip("/"),
        public=not operation.auth_callbacks,
        changes=method not in ("GET", "HEAD"),
        query=tuple(one["name"] for one in asked if _is_id(one)),
        required=tuple(one["name"] for one in asked if one["required"]),
        body=tuple(sorted(name for name in names if ID.search(name))),
        has_body=bool(body),
        about=operation,
    )


def _is_id(parameter: dict[str, Any]) -> bool:
    """By its name, unless it is a yes or no (`include_conversation_id`)."""
    return bool(ID.search(parameter["name"])) and parameter["schema"].get("type") != "boolean"


def _names(schema: Any, parts: dict[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """Every property that a body may have, wherever it stands."""
    match schema:
        case {"$ref": str(ref)}:
            name = ref.rsplit("/", 1)[-1]
            return set() if name in seen else _names(parts[name], parts, seen | {name})
        case dict():
            own = schema.get("properties")
            here = set(own) if isinstance(own, dict) else set()
            return here.union(*(_names(part, parts, seen) for part in schema.values()))
        case list():
            return set().union(*(_names(part, parts, seen) for part in schema))
    return set()
