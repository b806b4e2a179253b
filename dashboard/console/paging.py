"""Pages by keyset: a page starts after the last row of the one before, so it never slows down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from dashboard.workspaces import ids

ROWS = 50
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Place:
    """A row's place in a list that is sorted by time, newest first."""

    time: datetime
    pk: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From an address; None when it names no place."""
        time, _, pk = text.partition("~")
        try:
            moment = datetime.fromisoformat(time)
            fine = moment.tzinfo is not None and ids.is_id(pk)
            return cls(moment.astimezone(UTC), pk) if fine else None
        except (ValueError, OverflowError):  # the years 1 and 9999 may have no time in UTC
            return None

    def __str__(self) -> str:
        return f"{self.time.isoformat()}~{self.pk}"


@dataclass(frozen=True)
class Rows(Generic[Row]):
    rows: list[Row]
    after: Place | None  # where the next page starts; None on the last one


def rows_after(found: QuerySet[Row], column: str, place: Place | None) -> Rows[Row]:
    """The rows after a place. `found` is sorted by `-column, -pk`."""
    if place is not None:
        found = found.filter(older_than(column, place))
    rows = list(found[: ROWS + 1])
    if len(rows) <= ROWS:
        return Rows(rows, None)
    last: Any = rows[ROWS - 1]
    return Rows(rows[:ROWS], Place(getattr(last, column), last.pk))


def older_than(column: str, place: Place) -> Q:
    # The first part alone says where an index has to start.
    older = Q(**{f"{column}__lt": place.time}) | Q(pk__lt=place.pk)
    return Q(**{f"{column}__lte": place.time}) & older


def up_to(column: str, place: Place) -> Q:
    """The place itself and what is older."""
    return older_than(column, place) | Q(pk=place.pk)
