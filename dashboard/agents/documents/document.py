"""How a document of the wire is checked, kept as sent, changed, and filled in on read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import orjson
import pydantic
from pydantic import BaseModel, ConfigDict, model_validator

from .as_text import as_text

JSON = dict[str, Any]
LARGEST = 2_000_000  # bytes of everything that one agent is told


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


def checked(kind: type[Kind], sent: Any, *place: str) -> Kind:
    """The document, typed. Raises Unfit, whose places start with `place`."""
    try:
        return kind.model_validate(sent)
    except pydantic.ValidationError as error:
        raise Unfit([complaint(e, *place) for e in error.errors(include_url=False)]) from None


def bounded(told: Mapping[str, Any]) -> None:
    """Every version keeps the whole of it. Raises Unfit, about all of it, when it is too much."""
    try:
        size = len(orjson.dumps(told))
    except orjson.JSONEncodeError:
        size = len(as_text(told))
    if size > LARGEST:
        message = f"An agent should have at most {LARGEST:,} bytes of JSON"
        raise Unfit([{"loc": [], "msg": message, "type": "too_long"}])


def complaint(error: Mapping[str, Any], *place: str) -> JSON:
    """One error in the wire's form: without the input, which may hold a secret."""
    return {"loc": [*place, *error["loc"]], "msg": error["msg"], "type": error["type"]}


def filled(kind: type[Document], sent: Mapping[str, Any]) -> JSON:
    """What was sent, unchanged, with every default that the contract names beside it."""
    whole: JSON = as_sent(kind.model_validate(sent).model_dump(mode="json"), sent)
    return whole


def as_sent(full: Any, sent: Any) -> Any:
    """Put the values that were sent back into a dump: `0` stays `0`, but `"5"` is a number now."""
    match full, sent:
        case dict(), Mapping():
            return {k: as_sent(v, sent[k]) if k in sent else v for k, v in full.items()}
        case list(), list() if len(full) == len(sent):
            return [as_sent(a, b) for a, b in zip(full, sent, strict=True)]
    return sent if _alike(full, sent) else full


def merged(old: Any, patch: Any) -> Any:
    """Objects are merged, everything else is replaced whole, null takes away (so: the default)."""
    if not isinstance(patch, Mapping):
        return patch
    whole = dict(old) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            whole.pop(name, None)
        else:
            whole[name] = merged(whole.get(name), value)
    return whole


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return type(one) is type(other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return True
    return type(one) is type(other)


def _admits_null(annotation: Any) -> bool:
    return annotation is Any or type(None) in getattr(annotation, "__args__", ())
