"""What a route answers, for the OpenAPI document: told beside the route, never run on the answer.

Ninja's own `response=` would pass each answer through pydantic, which drops what it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

_REFS = "#/components/schemas/{model}"
SHAPES: dict[str, Any] = {}  # by name: what the routes' answers are made of
CLASHES: set[str] = set()  # names that two different shapes have; the document refuses them


def tells(
    shape: Any,
    status: int = 200,
    *,
    description: str = "",
    media: str = "application/json",
    refuses: Sequence[int] = (),
) -> dict[str, Any]:
    """Keyword arguments for a route, `@router.get("", **tells(Page))`; None: an empty answer.

    refuses: refusals beyond those that every route of its kind can give (openapi.py).
    """
    told: dict[str, Any] = {"description": description or "As asked."}
    if shape is not None:
        told["content"] = {media: {"schema": _schema(shape)}}
    return {"openapi_extra": {"responses": {status: told} | {code: {} for code in refuses}}}


def _schema(shape: Any) -> dict[str, Any]:
    schema = TypeAdapter(shape).json_schema(ref_template=_REFS, mode="serialization")
    for name, part in schema.pop("$defs", {}).items():
        _keep(name, part)
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        name = shape.__name__
        if "$ref" not in schema:  # a shape that holds itself stands among the parts already
            _keep(name, schema)
        return {"$ref": _REFS.format(model=name)}
    return schema


def _keep(name: str, schema: dict[str, Any]) -> None:
    if SHAPES.setdefault(name, schema) != schema:
        CLASHES.add(name)
