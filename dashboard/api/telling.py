"""What a route answers, for the OpenAPI document: told beside the route, never run on the answer.

Ninja's own `response=` would pass each answer through pydantic, which drops what it does not know.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter

_REFS = "#/components/schemas/{model}"
SHAPES: dict[str, Any] = {}  # by name: what the routes' answers are made of


def tells(shape: Any, status: int = 200, *, description: str = "") -> dict[str, Any]:
    """Keyword arguments for a route, `@router.get("", **tells(Page))`; None: an empty answer."""
    told: dict[str, Any] = {"description": description or "As asked."}
    if shape is not None:
        told["content"] = {"application/json": {"schema": _schema(shape)}}
    return {"openapi_extra": {"responses": {status: told}}}


def _schema(shape: Any) -> dict[str, Any]:
    schema = TypeAdapter(shape).json_schema(ref_template=_REFS, mode="serialization")
    SHAPES.update(schema.pop("$defs", {}))
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        SHAPES[shape.__name__] = schema
        return {"$ref": _REFS.format(model=shape.__name__)}
    return schema
