"""Where a session writes down what happens: the database, off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, Protocol, TypeVar

from channels.db import database_sync_to_async

from dashboard.conversations import lifecycle
from dashboard.conversations.models import StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.conversations.writer import writer
from dashboard.engine.turns import Turn

P = ParamSpec("P")
T = TypeVar("T")

# Not the one thread that all other sync code of a process shares: a slow page must not stop a chat.
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="live")


async def in_database(deed: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Run sync Django code in a thread of the live door."""
    run = database_sync_to_async(deed, thread_sensitive=False, executor=_THREADS)
    result: T = await run(*args, **named)
    return result


class Record(Protocol):
    """A conversation's record, as its session sees it."""

    async def keep(
        self, turn: Turn, *, event_id: int | None, metrics: Mapping[str, float], at: float
    ) -> None:
        """On disk when it returns. `at`: seconds since the conversation began."""
        ...

    async def warn(self, warning: str) -> None: ...

    async def finish(self, reason: str, trouble: Mapping[str, Any] | None = None) -> None: ...


class DatabaseRecord:
    """Numbers the turns: one session writes one conversation."""

    def __init__(self, conversation_id: str) -> None:
        self._conversation_id = conversation_id
        self._number = 0

    async def keep(
        self, turn: Turn, *, event_id: int | None, metrics: Mapping[str, float], at: float
    ) -> None:
        self._number += 1
        row = StoredTurn(
            conversation_id=self._conversation_id,
            number=self._number,
            event_id=event_id,
            metrics=dict(metrics),
            seconds_in=at,
            **as_row(turn),
        )
        await writer.keep(row)

    async def warn(self, warning: str) -> None:
        await in_database(lifecycle.warn, self._conversation_id, warning)

    async def finish(self, reason: str, trouble: Mapping[str, Any] | None = None) -> None:
        await in_database(lifecycle.finish, self._conversation_id, reason, trouble)
