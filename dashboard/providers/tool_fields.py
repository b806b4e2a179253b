"""The values that a tool sends: which ones the model fills, and where the others come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from dashboard.engine.variables import SECRET_PREFIX, Value


class Source(StrEnum):
    MODEL = "model"
    CONSTANT = "constant"
    VARIABLE = "variable"
    NOBODY = "nobody"  # left out, or provided by the hosted platform alone


@dataclass(frozen=True)
class Leaf:
    """A text, a number, a whole number or a boolean. `kinds`: the JSON types that are allowed."""

    kinds: tuple[str, ...]
    description: str = ""
    choices: tuple[Any, ...] = ()
    source: Source = Source.MODEL
    constant: Any = None
    variable: str = ""


@dataclass(frozen=True)
class Group:
    """An object: fields by name."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    description: str = ""
    source: Source = Source.MODEL
    constant: Any = None
    variable: str = ""


@dataclass(frozen=True)
class Row:
    """A list whose items are all alike."""

    item: Field
    description: str = ""
    source: Source = Source.MODEL
    constant: Any = None
    variable: str = ""


Field = Leaf | Group | Row


class Misfit(Exception):
    """A value is missing or does not fit; the words are for the model, which may try again."""


class _Absent:
    """Stands for a value that is not sent at all, which is not the same as null."""


ABSENT: Final = _Absent()


def asked(wanted: Field) -> dict[str, Any] | None:
    """The part of a field that the model fills, as JSON Schema; None when it fills nothing."""
    if wanted.source is not Source.MODEL:
        return None
    match wanted:
        case Leaf():
            kinds = list(wanted.kinds)
            schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
            if wanted.choices:
                schema["enum"] = list(wanted.choices)
        case Group():
            parts = {name: part for name, f in wanted.fields.items() if (part := asked(f))}
            if not parts:
                return None
            needed = [name for name in parts if name in wanted.required]
            schema = {"type": "object", "properties": parts, "required": needed}
        case Row():
            item = asked(wanted.item)
            if item is None:
                return None
            schema = {"type": "array", "items": item}
    if wanted.description:
        schema["description"] = wanted.description
    return schema


def filled(wanted: Field, given: Any, values: Mapping[str, Value | None], at: str) -> Any:
    """The value to send, or ABSENT. `at` names the field in a Misfit."""
    match wanted.source:
        case Source.NOBODY:
            return ABSENT
        case Source.CONSTANT:
            return wanted.constant
        case Source.VARIABLE:
            return _of_variable(wanted, values, at)
    match wanted:
        case Leaf():
            return ABSENT if given is ABSENT else fitting(wanted, given, at)
        case Group():
            return _filled_group(wanted, given, values, at)
        case Row():
            return _filled_row(wanted, given, values, at)


def _filled_row(wanted: Row, given: Any, values: Mapping[str, Value | None], at: str) -> Any:
    """A list of which the model fills nothing holds its one item of fixed values."""
    if given is ABSENT:
        if asked(wanted):
            return ABSENT
        given = [ABSENT]
    if not isinstance(given, list):
        raise Misfit(f"{at} must be a list.")
    items = (filled(wanted.item, part, values, f"{at}[{n}]") for n, part in enumerate(given))
    return [item for item in items if item is not ABSENT]


def _filled_group(wanted: Group, given: Any, values: Mapping[str, Value | None], at: str) -> Any:
    """An object that the model left out is still sent when it has other values, or must be there.

    (The caller knows whether it must; here an object of nothing is ABSENT.)
    """
    if given is not ABSENT and not isinstance(given, Mapping):
        raise Misfit(f"{at or 'The arguments'} must be an object.")
    found: dict[str, Any] = {}
    missing = ""
    for name, inner in wanted.fields.items():
        place = f"{at}.{name}" if at else name
        part = given.get(name, ABSENT) if isinstance(given, Mapping) else ABSENT
        value = filled(inner, part, values, place)
        if value is not ABSENT:
            found[name] = value
        elif name in wanted.required and inner.source is not Source.NOBODY:
            missing = missing or _missing(inner, place)
    if missing and (given is not ABSENT or not at):
        raise Misfit(missing)
    if given is ABSENT and at and (missing or not found):
        return ABSENT
    return found


def _missing(wanted: Field, at: str) -> str:
    if wanted.source is Source.VARIABLE:
        return f"{at} is missing: the variable {wanted.variable} has no value."
    return f"{at} is missing."


def _of_variable(wanted: Field, values: Mapping[str, Value | None], at: str) -> Any:
    """A variable's value; `secret__…` may only stand in headers, so it counts as missing here."""
    value = values.get(wanted.variable)
    if value is None or wanted.variable.startswith(SECRET_PREFIX):
        return ABSENT
    return fitting(wanted, value, at) if isinstance(wanted, Leaf) else value


def fitting(leaf: Leaf, value: Any, at: str) -> Any:
    """The value in the first of the leaf's types that can hold it unchanged in meaning."""
    if value is None and "null" in leaf.kinds:
        return None
    for kind in leaf.kinds:
        fit = _as(kind, value)
        if fit is not ABSENT and not _beyond_64_bits(fit):
            if leaf.choices and str(fit) not in map(str, leaf.choices):
                raise Misfit(f"{at} must be one of: {', '.join(map(str, leaf.choices))}.")
            return fit
    raise Misfit(f"{at} must be {_spoken(leaf.kinds[0])}.")


def _beyond_64_bits(value: Any) -> bool:
    """A whole number that most readers of JSON refuse, or silently change."""
    return isinstance(value, int) and not -(2**63) <= value < 2**64


def _as(kind: str, value: Any) -> Any:
    match kind, value:
        case "string", str():
            return value
        case "string", bool():
            return "true" if value else "false"
        case _, float() if not math.isfinite(value):
            return ABSENT
        case "string", int() | float():
            return str(value)
        case "boolean", bool():
            return value
        case "boolean", "true" | "false":
            return value == "true"
        case "integer" | "number", bool():
            return ABSENT
        case "number", int() | float():
            return value
        case "integer", int():
            return value
        case "integer", float() if value.is_integer():
            return int(value)
        case "integer" | "number", str():
            return _number(kind, value)
    return ABSENT


def _number(kind: str, text: str) -> Any:
    """A number that a model wrote as a text: `"16"` is 16, but `"0x10"` and `"nan"` are not."""
    try:
        whole = int(text)
    except ValueError:
        pass
    else:
        return whole
    try:
        value = float(text)
    except ValueError:
        return ABSENT
    return value if kind == "number" and abs(value) < float("inf") else ABSENT


def _spoken(kind: str) -> str:
    words = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return words.get(kind, "a text")
