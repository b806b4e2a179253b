"""How a document of the wire is checked, kept as sent, changed, and filled in on read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any, ClassVar, TypeVar

import orjson
import pydantic
from pydantic import BaseModel, ConfigDict, model_validator

from .as_text import as_text

JSON = dict[str, Any]
LARGEST = 2_000_000  # bytes of everything that one agent is told
_MENDING = 100  # places


class Unfit(Exception):
    """A document breaks the contract; `errors` are its {loc, msg, type}."""

    def __init__(self, errors: list[JSON]) -> None:
        places = (".".join(str(part) for part in error["loc"]) for error in errors)
        super().__init__("; ".join(places))
        self.errors = errors


class Document(BaseModel):
    """An object of the wire: unknown fields stay, null stands for the default."""

    model_config = ConfigDict(extra="allow", protected_namespaces=(), validate_default=False)
    null_means_default: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.null_means_default = frozenset(
            name
            for name, field in cls.model_fields.items()
            if not field.is_required() and not _admits_null(field.annotation)
        )

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, sent: Any) -> Any:
        if isinstance(sent, dict) and None in sent.values():
            return {k: v for k, v in sent.items() if v is not None or not cls._resets(k)}
        return sent

    @classmethod
    def _resets(cls, name: str) -> bool:
        return name in cls.null_means_default


Kind = TypeVar("Kind", bound=Document)


def checked(kind: type[Kind], sent: Any, *place: str | int) -> Kind:
    """The document, typed. Raises Unfit, whose places start with `place`."""
    try:
        return kind.model_validate(sent)
    except pydantic.ValidationError as error:
        raise Unfit([complaint(e, *place) for e in error.errors(include_url=False)]) from None


def bounded(told: Mapping[str, Any]) -> None:
    """Every version keeps the whole of it. Raises Unfit, about all of it, when it is too much."""
    if size_of(told) > LARGEST:
        message = f"An agent should have at most {LARGEST:,} bytes of JSON"
        raise Unfit([{"loc": [], "msg": message, "type": "too_long"}])


def size_of(document: Any) -> int:
    """Bytes of its JSON."""
    try:
        return len(orjson.dumps(document))
    except orjson.JSONEncodeError:  # numbers beyond 64 bits, more than 254 levels
        return len(as_text(document))


def complaint(error: Mapping[str, Any], *place: str | int) -> JSON:
    """One error in the wire's form: without the input, which may hold a secret."""
    told = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] in ("model_type", "model_attributes_type"):  # which would name our class
        told = "Input should be an object"
    return {"loc": [*place, *error["loc"]], "msg": told, "type": error["type"]}


def filled(kind: type[Document], sent: Mapping[str, Any]) -> JSON:
    """What was sent, unchanged, with every default that the contract names beside it."""
    fit = mended(kind, sent)
    whole: JSON = as_sent(kind.model_validate(fit).model_dump(mode="json"), fit)
    return whole


def mended(kind: type[Document], stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored document without what no longer fits: an older version may have allowed more.

    What is left out reads as its default; an agent must not become unreadable by an update.
    """
    for _ in range(_MENDING):
        try:
            kind.model_validate(stored)
        except pydantic.ValidationError as error:
            copy = deepcopy(dict(stored))
            _take_out(copy, error.errors(include_url=False, include_input=False)[0]["loc"])
            stored = copy
        else:
            return stored
    return {}


def _take_out(document: Any, place: tuple[str | int, ...]) -> None:
    """Remove the last thing on the way that is there; names of a union's members are skipped."""
    holder, last = document, None
    for step in place:
        inside = holder if last is None else holder[last]
        fits = isinstance(inside, dict) and step in inside
        fits = fits or (isinstance(inside, list) and isinstance(step, int) and step < len(inside))
        if fits:
            holder, last = inside, step
    if last is not None:
        del holder[last]


def as_sent(full: Any, sent: Any) -> Any:
    """Put the values that were sent back into a dump: `0` stays `0`, but `"5"` is a number now."""
    match full, sent:
        case dict(), Mapping():
            return {k: as_sent(v, sent[k]) if k in sent else v for k, v in full.items()}
        case list(), list() if len(full) == len(sent):
            return [as_sent(a, b) for a, b in zip(full, sent, strict=True)]
    return sent if _alike(full, sent) else full


Pattern = tuple[str, ...]


def merged(old: Any, patch: Any, whole: Collection[Pattern] = ()) -> Any:
    """Objects are merged, everything else is replaced whole, null takes away (so: the default).

    A null that stands there already stays: clients send back what they got. Objects at a place in
    `whole` (`*` is any name) are replaced like lists.
    """
    if not isinstance(patch, Mapping) or () in whole:
        return patch
    result = dict(old) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if value is not None:
            inner = [pattern[1:] for pattern in whole if pattern and pattern[0] in (name, "*")]
            result[name] = merged(result.get(name), value, inner)
        elif result.get(name, 0) is not None:
            result.pop(name, None)
    return result


def same(one: Any, other: Any) -> bool:
    """Whether two documents say the same: `1` and `1.0` do, `1` and `true` do not."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
    return _alike(one, other) and bool(one == other)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return type(one) is type(other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return True
    return type(one) is type(other)


def _admits_null(annotation: Any) -> bool:
    return annotation is Any or type(None) in getattr(annotation, "__args__", ())
