"""JSON Schema as Gemini reads it: a small dialect that refuses every word it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_KEPT = frozenset(
    {"description", "title", "nullable", "minItems", "maxItems", "minLength", "maxLength"}
    | {"minimum", "maximum", "pattern", "required"}
)
_FORMATS = {
    "string": frozenset({"enum", "date-time"}),
    "number": frozenset({"float", "double"}),
    "integer": frozenset({"int32", "int64"}),
}
_DEEPEST = 12  # a schema that refers to itself is cut here


def plain(schema: Schema) -> dict[str, Any]:
    """The same meaning in the dialect, as far as it can say it."""
    return _plain(schema, schema.get("$defs") or schema.get("definitions") or {}, 0)


def _plain(schema: Schema, known: Schema, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        return {"type": "string"}
    schema = _together(schema, known)
    found = {name: schema[name] for name in schema if name in _KEPT}
    kind = _kind(schema, found)
    choices = _choices(schema, found)
    options = [o for o in _options(schema) if o.get("type") != "null"]
    if kind:
        found["type"] = kind
    if choices and kind == "string":
        found["enum"] = choices
    if schema.get("format") in _FORMATS.get(kind, ()):
        found["format"] = schema["format"]
    if options and not kind:
        found["anyOf"] = [_plain(option, known, depth + 1) for option in options]
        if len(options) < len(_options(schema)):
            found["nullable"] = True
    if kind == "array":
        found["items"] = _plain(schema.get("items") or {"type": "string"}, known, depth + 1)
    if kind == "object":
        found |= _members(schema, known, depth)
    if not (kind or options):
        found["type"] = "string"
    if found.get("type") != "object":
        found.pop("required", None)
    return found


def _together(schema: Schema, known: Schema) -> Schema:
    """References looked up, and `allOf` joined."""
    seen = 0
    while (reference := schema.get("$ref")) and seen < _DEEPEST:
        target = known.get(str(reference).rpartition("/")[2], {})
        schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        seen += 1
    for part in schema.get("allOf") or ():
        more = _together(part, known)
        properties = {**(schema.get("properties") or {}), **(more.get("properties") or {})}
        required = [*(schema.get("required") or ()), *(more.get("required") or ())]
        schema = {**more, **schema, "properties": properties, "required": required}
    return schema


def _options(schema: Schema) -> list[Schema]:
    return [*(schema.get("anyOf") or ()), *(schema.get("oneOf") or ())]


def _kind(schema: Schema, found: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        if "null" in kind:
            found["nullable"] = True
        kind = next((k for k in kind if k != "null"), "string")
    if kind is None and schema.get("properties"):
        return "object"
    if kind is None and ("enum" in schema or "const" in schema):
        return "string"
    return str(kind or "")


def _choices(schema: Schema, found: dict[str, Any]) -> list[str]:
    """Only texts may be listed; the others are named in the description."""
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if values and _kind(schema, {}) != "string":
        listed = ", ".join(str(value) for value in values)
        found["description"] = f"{found.get('description', '')} One of: {listed}.".strip()
    return [str(value) for value in values if value is not None and value != ""]


def _members(schema: Schema, known: Schema, depth: int) -> dict[str, Any]:
    properties = {
        name: _plain(part, known, depth + 1)
        for name, part in (schema.get("properties") or {}).items()
    }
    required = [name for name in schema.get("required") or () if name in properties]
    members: dict[str, Any] = {"properties": properties} if properties else {}
    return members | {"required": required}
