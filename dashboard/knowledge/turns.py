"""Few pages and files are read at a time: each keeps a thread of the server waiting."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

AT_ONCE = 4  # of a process
OF_ONE = 2  # of one workspace, so that the others have their turn
COME_AGAIN = 5  # seconds

_taken: Counter[str] = Counter()
_counting = threading.Lock()


class Busy(Exception):
    """As many as can be are read just now."""


@contextmanager
def turn(workspace_id: str) -> Iterator[None]:
    """For as long as a page or a file is read. Raises Busy.

    Meanwhile the database's connection is somebody else's: PostgreSQL's pool has few of them.
    """
    with _counting:
        if _taken.total() >= AT_ONCE or _taken[workspace_id] >= OF_ONE:
            raise Busy
        _taken[workspace_id] += 1
    try:
        _give_connections_back()
        yield
    finally:
        with _counting:
            _taken[workspace_id] -= 1
            if not _taken[workspace_id]:
                del _taken[workspace_id]


def _give_connections_back() -> None:
    """SQLite's stay: nobody waits for them, and they are dear to open."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()
