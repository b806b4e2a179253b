"""The one writer of turns in this process: whatever waits shares a transaction (group commit).

A commit waits for the disk; sharing it lets a hundred conversations wait once. A turn counts as
kept only when its future is done: nothing is acknowledged before that.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, close_old_connections, connection, transaction

from .models import Conversation, Status, StoredTurn

MOST_AT_ONCE = 500


class AlreadyEnded(Exception):
    """The conversation has ended: its record is closed."""


@dataclass(frozen=True)
class _Waiting:
    row: StoredTurn
    loop: asyncio.AbstractEventLoop
    kept: asyncio.Future[None]


_Outcome = BaseException | None


class TurnWriter:
    """A thread of its own that starts with the first turn and stops with `stop()`."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    async def keep(self, row: StoredTurn) -> None:
        """Return when the turn is on disk. Raises AlreadyEnded, or what the database raised."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._start()
        self._queue.put(_Waiting(row, loop, kept))
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
        close_old_connections()
        return _insert([waiting.row for waiting in batch])
    except DatabaseError as error:
        if len(batch) == 1:
            return [error]
        return [_write([waiting])[0] for waiting in batch]
    except Exception as error:  # the thread must live on: whoever waits gets the error
        return [error] * len(batch)
    finally:
        close_old_connections()


def _insert(rows: Sequence[StoredTurn]) -> list[_Outcome]:
    with transaction.atomic():
        open_ones = set(
            Conversation.objects.filter(
                pk__in={row.conversation_id for row in rows}, status=Status.IN_PROGRESS
            ).values_list("pk", flat=True)
        )
        StoredTurn.objects.bulk_create([row for row in rows if row.conversation_id in open_ones])
    return [
        None if row.conversation_id in open_ones else AlreadyEnded(row.conversation_id)
        for row in rows
    ]


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
