"""A deed is one transaction, and is done again when the database had to break it off.

Everybody locks rows in one order: the workspace, then agents by their ids, then the thing itself
(a tool, a document and what lies in it from the outermost folder inwards, a webhook), then its
secrets. Workspaces and agents are locked with `no_key`: whoever writes a row that points at them,
such as an entry of the audit log, then needs not wait, and so cannot wait in a circle.

Where that order cannot be kept (rows that go with their folder, a constraint that is looked at
last) PostgreSQL breaks one of two deeds off, and that one is done again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection, transaction

TRIES = 4
_PAUSE = 0.05  # seconds, at most, times the tries so far
# PostgreSQL's: a deadlock, a serialization failure, a row that something points at meanwhile.
_PASSING = ("40P01", "40001", "23503")
P = ParamSpec("P")
R = TypeVar("R")


def in_one_deed(deed: Callable[P, R]) -> Callable[P, R]:
    """Like `transaction.atomic`; tried again unless it is part of a larger transaction."""

    @wraps(deed)
    def done(*args: P.args, **named: P.kwargs) -> R:
        for tried in range(1, TRIES):
            try:
                with transaction.atomic():
                    return deed(*args, **named)
            except DatabaseError as error:
                if connection.in_atomic_block or not _is_passing(error):
                    raise
            time.sleep(random.uniform(0, _PAUSE * tried))  # noqa: S311  no secret
        with transaction.atomic():
            return deed(*args, **named)

    return done


def _is_passing(error: DatabaseError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _PASSING
