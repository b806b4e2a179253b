"""Pages of a list by cursor: what is made or deleted meanwhile neither repeats nor hides a row."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from django.db import models
from django.db.models import Q
from pydantic import BaseModel, Field

from dashboard.workspaces import ids

from .errors import Malformed

Row = TypeVar("Row", bound=models.Model)
Search = Annotated[str, Field(max_length=500)]  # SQLite compares with no more than 50,000


class PageQuery(BaseModel):
    page_size: Annotated[int, Field(ge=1, le=100)] = 30
    cursor: str | None = None


@dataclass(frozen=True)
class Order:
    """A column (`kind`: a time, a text or a number) and the id, which decides between equals."""

    column: str
    descending: bool = True
    kind: type[datetime] | type[str] | type[int] = datetime

    def columns(self) -> list[str]:
        sign = "-" if self.descending else ""
        return [sign + self.column, sign + "pk"]

    def after(self, value: Any, pk: str) -> Q:
        beyond = "lt" if self.descending else "gt"
        return Q(**{f"{self.column}__{beyond}": value}) | Q(
            **{self.column: value, f"pk__{beyond}": pk}
        )


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
        rows = rows.filter(order.after(*_opened(wanted.cursor, order)))
    some = list(rows.order_by(*order.columns())[: wanted.page_size + 1])
    shown = some[: wanted.page_size]
    more = len(some) > wanted.page_size
    return Page(shown, _cursor(shown[-1], order) if more else None)


def _cursor(last: models.Model, order: Order) -> str:
    value = getattr(last, order.column)
    kept = ["t", value.isoformat()] if isinstance(value, datetime) else ["v", value]
    return base64.urlsafe_b64encode(orjson.dumps([order.columns()[0], *kept, last.pk])).decode()


def _opened(cursor: str, order: Order) -> tuple[Any, str]:
    """Anybody can forge one: what is in it must be a value that its column could have."""
    try:
        column, kind, value, pk = orjson.loads(base64.urlsafe_b64decode(cursor))
        if kind == "t":  # in UTC, which the years 1 and 9999 may not survive
            moment = datetime.fromisoformat(value)
            value = moment.astimezone(UTC) if moment.tzinfo else None
        fine = column == order.columns()[0] and _could_be(value, order.kind) and ids.is_id(pk)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        fine = False
    if not fine:
        raise Malformed(["query", "cursor"], "This cursor is not of this list", "value_error")
    return value, pk


def _could_be(value: Any, kind: type) -> bool:
    match value:
        case bool():
            return False
        case int():
            return kind is int and abs(value) < 2**63
        case str():
            return kind is str and "\0" not in value
        case _:
            return isinstance(value, kind)
