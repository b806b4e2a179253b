"""Wake a worker without waiting for the broker: the row is the truth, a nudge may be lost."""

from __future__ import annotations

import logging
import queue
import threading

from celery import current_app

log = logging.getLogger(__name__)

# By name: the tasks themselves call down into this room's deeds.
ANALYSE = "dashboard.conversations.tasks.analyse_conversation"
MOST_WAITING = 1000

_waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
_starting = threading.Lock()
_thread: threading.Thread | None = None


def wake_analysis(conversation_id: str) -> None:
    """Returns at once. What does not get through, the next sweep finds."""
    global _thread
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_send_all, name="nudges", daemon=True)
            _thread.start()
    try:
        _waiting.put_nowait(conversation_id)
    except queue.Full:
        log.warning("too many nudges wait for the broker", extra={"conversation": conversation_id})


def _send_all() -> None:
    while True:
        conversation_id = _waiting.get()
        try:
            current_app.send_task(ANALYSE, args=[conversation_id])
        except Exception as error:  # whatever the broker's trouble is, the thread must live on
            facts = {"conversation": conversation_id, "error": type(error).__name__}
            log.warning("no broker to wake the analysis", extra=facts)
