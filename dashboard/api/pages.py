"""Pages of a list by cursor: what is made or deleted meanwhile neither repeats nor hides a row."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from django.db import models
from django.db.models import F, OrderBy, Q
from pydantic import BaseModel, Field

from dashboard.workspaces import ids

from .errors import Malformed

Row = TypeVar("Row", bound=models.Model)
Search = Annotated[str, Field(max_length=500)]  # SQLite compares with no more than 50,000


class PageQuery(BaseModel):
    page_size: Annotated[int, Field(ge=1, le=100)] = 30
    cursor: str | None = None


Kind = type[datetime] | type[str] | type[int] | type[float]


@dataclass(frozen=True)
class Order:
    """A column (`kind`: a time, a text or a number) and the id, which decides between equals.

    nullable: rows without a value come last, whichever way the others are sorted.
    """

    column: str
    descending: bool = True
    kind: Kind = datetime
    nullable: bool = False

    @property
    def name(self) -> str:
        return ("-" if self.descending else "") + self.column

    def columns(self) -> list[str | OrderBy]:
        if not self.nullable:
            return [self.name, "-pk" if self.descending else "pk"]
        column, pk = F(self.column), F("pk")
        if self.descending:
            return [column.desc(nulls_last=True), pk.desc()]
        return [column.asc(nulls_last=True), pk.asc()]

    def after(self, value: Any, pk: Any) -> Q:
        beyond = "lt" if self.descending else "gt"
        later = Q(**{f"pk__{beyond}": pk})
        if value is None:
            return Q(**{f"{self.column}__isnull": True}) & later
        # The first part alone says where an index has to start; an OR alone would read all of it.
        found = Q(**{f"{self.column}__{beyond}e": value}) & (
            Q(**{f"{self.column}__{beyond}": value}) | later
        )
        return found | Q(**{f"{self.column}__isnull": True}) if self.nullable else found


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_cursor: str | None

    def document(self, name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            name: items,
            "next_cursor": self.next_cursor,
            "has_more": self.next_cursor is not None,
        }


def page(rows: models.QuerySet[Row], order: Order, wanted: PageQuery) -> Page[Row]:
    """The rows after the cursor; one too many is read, to know whether there are more."""
    if wanted.cursor:
        rows = rows.filter(order.after(*_opened(wanted.cursor, order, rows.model)))
    some = list(rows.order_by(*order.columns())[: wanted.page_size + 1])
    shown = some[: wanted.page_size]
    more = len(some) > wanted.page_size
    return Page(shown, _cursor(shown[-1], order) if more else None)


def _cursor(last: models.Model, order: Order) -> str:
    value = getattr(last, order.column)
    kept = ["t", value.isoformat()] if isinstance(value, datetime) else ["v", value]
    return base64.urlsafe_b64encode(orjson.dumps([order.name, *kept, last.pk])).decode()


def _opened(cursor: str, order: Order, model: type[models.Model]) -> tuple[Any, Any]:
    """Anybody can forge one: what is in it must be a value that its column could have."""
    try:
        column, kind, value, pk = orjson.loads(base64.urlsafe_b64decode(cursor))
        if kind == "t":  # in UTC, which the years 1 and 9999 may not survive
            moment = datetime.fromisoformat(value)
            value = moment.astimezone(UTC) if moment.tzinfo else _NOTHING
        fine = column == order.name and _could_be(value, order) and _could_be_pk(pk, model)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        fine = False
    if not fine:
        raise Malformed(["query", "cursor"], "This cursor is not of this list", "value_error")
    return value, pk


_NOTHING = object()  # that any column could have


def _could_be(value: Any, order: Order) -> bool:
    match value:
        case None:
            return order.nullable
        case bool():
            return False
        case int():
            return order.kind in (int, float) and abs(value) < 2**63
        case float():
            return order.kind is float and math.isfinite(value)
        case str():
            return order.kind is str and "\0" not in value
        case _:
            return isinstance(value, order.kind)


def _could_be_pk(pk: Any, model: type[models.Model]) -> bool:
    if isinstance(model._meta.pk, models.IntegerField):
        return isinstance(pk, int) and not isinstance(pk, bool) and 0 <= pk < 2**63
    return isinstance(pk, str) and ids.is_id(pk)
