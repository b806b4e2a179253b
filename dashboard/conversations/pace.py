"""How fast one visitor may write to one agent, whatever sockets or servers they use for it."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings

from dashboard.agents.models import CallLimits
from dashboard.workspaces.models import Workspace
from dashboard.workspaces.rates import counter

TOO_FAST = "You are writing faster than this chat can follow. Please wait a moment."
# Asks Redis beside the event loop. A line of one: a Redis that hangs holds up one thread.
_ASKING = ThreadPoolExecutor(1, thread_name_prefix="pace")


def messages_a_minute(limits: CallLimits, workspace: Workspace) -> int:
    """The agent's own number, else the workspace's; 0: no limit."""
    own = limits.messages_a_minute
    return own if own >= 0 else workspace.messages_a_minute


class Pace:
    """One visitor's messages to one agent. `visitor`: the id their page gave them, else where they
    come from (workspaces/rates.place_of).

    Asked on the event loop, so it never waits. It counts in this process; where several serve,
    Redis counts too, and its no holds from the next message on: who writes through n servers at
    once gets n messages too many at most.
    """

    def __init__(self, agent_id: str, visitor: str, a_minute: int) -> None:
        self._who = ("message", agent_id, visitor)
        self._rate = a_minute
        self._barred_until = 0.0  # by all servers together, in this process's own time

    def too_fast(self) -> bool:
        """Count one more message; whether it is one too many."""
        if not self._rate:
            return False
        if counter("").over(self._rate, *self._who) or self.barred:
            return True
        if settings.REDIS_URL:
            asked = _ASKING.submit(counter(settings.REDIS_URL).over, self._rate, *self._who)
            asked.add_done_callback(self._hear)
        return False

    @property
    def barred(self) -> bool:
        """Whether all servers together have had enough for now."""
        return time.monotonic() < self._barred_until

    def _hear(self, asked: Future[int]) -> None:
        if not asked.exception() and (seconds := asked.result()):
            self._barred_until = time.monotonic() + seconds
