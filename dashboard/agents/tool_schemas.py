"""Read the parameter schemas of tool documents (contract rest.md §9) into fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.providers.tool_fields import Field, Group, Leaf, Misfit, Row, Source, fitting

DEEPEST = 12  # levels of objects and lists inside each other
_LEAVES = frozenset({"string", "number", "integer", "boolean", "null"})


class NotATool(Exception):
    """The document describes nothing that can be run; the words say why."""


def read_field(document: Any, depth: int = 0) -> Field:
    """A literal, an object or a list. Raises NotATool."""
    if not isinstance(document, Mapping):
        raise NotATool("a parameter is not described by an object.")
    if depth > DEEPEST:
        raise NotATool(f"its parameters are nested more than {DEEPEST} levels deep.")
    kinds = _kinds(document)
    if "object" in kinds:
        return read_group(document, depth)
    if "array" in kinds:
        item = read_field(document.get("items") or {"type": "string"}, depth + 1)
        return Row(item, _text(document, "description"), *_source(document))
    source, constant, variable = _source(document)
    choices = document.get("enum")
    leaf = Leaf(
        kinds,
        _text(document, "description"),
        tuple(choices) if isinstance(choices, list) else (),
        source,
        variable=variable,
    )
    return _with_constant(leaf, constant) if source is Source.CONSTANT else leaf


def read_group(document: Any, depth: int = 0) -> Group:
    """An object; also the bare `{properties, required}` of a query."""
    if not isinstance(document, Mapping):
        raise NotATool("a group of parameters is not described by an object.")
    properties = document.get("properties") or {}
    if not isinstance(properties, Mapping):
        raise NotATool("the properties of a group of parameters are not an object.")
    fields = {str(name): read_field(inner, depth + 1) for name, inner in properties.items()}
    required = document.get("required")
    names = frozenset(map(str, required)) if isinstance(required, list) else frozenset()
    return Group(fields, names, _text(document, "description"), *_source(document))


def _kinds(document: Mapping[str, Any]) -> tuple[str, ...]:
    kind = document.get("type") or "string"
    kinds = tuple(map(str, kind)) if isinstance(kind, list) else (str(kind),)
    if unknown := [k for k in kinds if k not in _LEAVES and k not in ("object", "array")]:
        raise NotATool(f"{unknown[0]!r} is not a type of parameter.")
    return kinds


def _source(document: Mapping[str, Any]) -> tuple[Source, Any, str]:
    """Where the value comes from. Empty texts mean that the source is not set."""
    if document.get("is_omitted") or document.get("is_system_provided"):
        return Source.NOBODY, None, ""
    if variable := _text(document, "dynamic_variable"):
        return Source.VARIABLE, None, variable
    constant = document.get("constant_value")
    if constant is not None and constant != "":
        return Source.CONSTANT, constant, ""
    return Source.MODEL, None, ""


def _with_constant(leaf: Leaf, constant: Any) -> Leaf:
    try:
        value = fitting(leaf, constant, "a constant")
    except Misfit as misfit:
        raise NotATool(str(misfit)) from None
    return Leaf(leaf.kinds, leaf.description, leaf.choices, leaf.source, value)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
