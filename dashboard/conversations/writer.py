"""The one writer of turns in this process: whatever waits shares a transaction (group commit).

A commit waits for the disk; sharing it lets a hundred conversations wait once. A turn counts as
kept only when its future is done: nothing is acknowledged before that.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)

from .models import Conversation, Status, StoredTurn

MOST_AT_ONCE = 500
PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)  # seconds before each next try, when the database is away


class Gone(Exception):
    """The conversation has ended, or another server goes on with it: its record is closed here."""


@dataclass(frozen=True)
class _Waiting:
    row: StoredTurn
    server_id: str
    loop: asyncio.AbstractEventLoop
    kept: asyncio.Future[None]


_Outcome = BaseException | None


class TurnWriter:
    """A thread of its own that starts with the first turn and stops with `stop()`."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    async def keep(self, row: StoredTurn, server_id: str) -> None:
        """Return when the turn is on disk. Raises Gone, or what the database raised.

        `server_id`: who writes; only the server that holds a conversation may.
        """
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._start()
        self._queue.put(_Waiting(row, server_id, loop, kept))
        await kept

    def stop(self) -> None:
        """Write what waits, then end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread:
                self._queue.put(None)
        if thread:
            thread.join()

    def _start(self) -> None:
        if self._thread:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="turns", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = [first], False
            while not self._queue.empty() and len(batch) < MOST_AT_ONCE:
                waiting = self._queue.get()
                if waiting is None:
                    last = True
                    break
                batch.append(waiting)
            _tell(batch, _write(batch))
            if last:
                break
        connection.close()


writer = TurnWriter()


def _write(batch: Sequence[_Waiting]) -> list[_Outcome]:
    """One outcome per turn; when the whole batch fails, each is tried alone."""
    try:
        return _persist(batch)
    except (OperationalError, InterfaceError) as error:  # no one turn's fault
        return [error] * len(batch)
    except DatabaseError as error:
        if len(batch) == 1:
            return [error]
        return [_write([waiting])[0] for waiting in batch]
    except Exception as error:  # the thread must live on: whoever waits gets the error
        return [error] * len(batch)


def _persist(batch: Sequence[_Waiting]) -> list[_Outcome]:
    """Try again over another line when the one to the database was cut."""
    for pause in PAUSES:
        try:
            return _insert(batch, again=pause != PAUSES[0])
        except (OperationalError, InterfaceError):
            time.sleep(pause)
    return _insert(batch, again=True)


def _insert(batch: Sequence[_Waiting], *, again: bool) -> list[_Outcome]:
    """The locks keep whoever ends or takes over a conversation waiting until its turns are in.

    `again`: what was sent over a line that broke may be there.
    """
    close_old_connections()
    try:
        return _insert_all(batch, again)
    finally:
        close_old_connections()


def _insert_all(batch: Sequence[_Waiting], again: bool) -> list[_Outcome]:
    with transaction.atomic():
        talking = Conversation.objects.filter(
            pk__in={waiting.row.conversation_id for waiting in batch}, status=Status.IN_PROGRESS
        )
        locked = talking.select_for_update(no_key=True).order_by("pk")
        holders = dict(locked.values_list("pk", "server_id"))
        ours = [w.row for w in batch if holders.get(w.row.conversation_id) == w.server_id]
        there = _there(ours) if again else frozenset()
        StoredTurn.objects.bulk_create(
            [row for row in ours if (row.conversation_id, row.number) not in there]
        )
    return [
        None if holders.get(w.row.conversation_id) == w.server_id else Gone(w.row.conversation_id)
        for w in batch
    ]


def _there(rows: Sequence[StoredTurn]) -> frozenset[tuple[str, int]]:
    """Those that are on disk. Only the holder of a conversation numbers its turns."""
    talks = {row.conversation_id for row in rows}
    numbers = {row.number for row in rows}
    found = StoredTurn.objects.filter(conversation_id__in=talks, number__in=numbers)
    return frozenset(found.values_list("conversation_id", "number"))


def _tell(batch: Sequence[_Waiting], outcomes: Sequence[_Outcome]) -> None:
    """Wake each event loop once for all of its turns."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[None], _Outcome]]] = {}
    for waiting, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting.kept, outcome))
    for loop, answers in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Sequence[tuple[asyncio.Future[None], Any]]) -> None:
    for kept, outcome in answers:
        if kept.done():
            continue
        if outcome is None:
            kept.set_result(None)
        else:
            kept.set_exception(outcome)
