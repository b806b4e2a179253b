"""Where a session writes down what happens: the database, off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, Protocol, TypeVar

from channels.db import database_sync_to_async

from dashboard.conversations import feedback, files, lifecycle, returning
from dashboard.conversations.models import StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.conversations.writer import Gone, writer
from dashboard.engine.turns import Attachment, Turn

__all__ = ["DatabaseRecord", "Gone", "Record", "in_database"]

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
        """On disk when it returns. `at`: seconds since the conversation began.

        Raises Gone when the conversation is over, or another server goes on with it.
        """
        ...

    async def files(self, file_ids: Sequence[str]) -> Sequence[Attachment]:
        """Those of them that were uploaded to this conversation."""
        ...

    async def rate(self, event_id: int, score: str | None, at: float) -> None:
        """A thumb for one answer; None takes it back."""
        ...

    async def warn(self, warning: str) -> None: ...

    async def finish(self, reason: str, trouble: Mapping[str, Any] | None = None) -> None: ...

    async def speak(self, language: str) -> None:
        """The agent goes on in another language."""
        ...

    async def release(self) -> None:
        """Keep its place for a while, for whichever server its visitor comes back to."""
        ...


class DatabaseRecord:
    """Numbers the turns: one session writes one conversation."""

    def __init__(self, conversation_id: str, server_id: str, number: int = 0) -> None:
        """`number`: of the last turn that is kept already."""
        self._conversation_id = conversation_id
        self._server_id = server_id
        self._number = number

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
        await writer.keep(row, self._server_id)

    async def files(self, file_ids: Sequence[str]) -> Sequence[Attachment]:
        return await in_database(files.attachments, self._conversation_id, file_ids)

    async def rate(self, event_id: int, score: str | None, at: float) -> None:
        await in_database(feedback.rate_turn, self._conversation_id, event_id, score, at)

    async def warn(self, warning: str) -> None:
        await in_database(lifecycle.warn, self._conversation_id, warning)

    async def finish(self, reason: str, trouble: Mapping[str, Any] | None = None) -> None:
        await in_database(
            lifecycle.finish, self._conversation_id, reason, trouble, server_id=self._server_id
        )

    async def speak(self, language: str) -> None:
        await in_database(lifecycle.speak, self._conversation_id, language)

    async def release(self) -> None:
        await in_database(returning.release, self._conversation_id, self._server_id)
