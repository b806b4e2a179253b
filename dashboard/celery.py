"""The Celery application: the tasks of every room, the beat table, and the worker that lives
inside the web process when there is no Redis. The database row is the job; a message is a nudge.
"""

from __future__ import annotations

import os
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

if TYPE_CHECKING:
    from celery.worker import WorkController

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # the commands have made them already

app = Celery("parley")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "sweep": {
        "task": "dashboard.conversations.tasks.sweep_conversations",
        "schedule": float(settings.SWEEP_SECONDS),
        # A sweep that waited longer than the next one's turn has nothing to add.
        "options": {"expires": settings.SWEEP_SECONDS},
    },
    "read": {
        "task": "dashboard.knowledge.tasks.sweep_documents",
        "schedule": float(settings.SWEEP_SECONDS),
        "options": {"expires": settings.SWEEP_SECONDS},
    },
    "tidy": {
        "task": "dashboard.workspaces.tasks.tidy_workspaces",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
}
app.autodiscover_tasks()


@dataclass(frozen=True)
class EmbeddedWorker:
    """A worker thread and a beat thread in this process."""

    worker: WorkController
    name: str
    beat: Any  # Celery's class for it is private
    thread: threading.Thread
    asked: threading.Event = field(default_factory=threading.Event)  # to stop

    def stop(self, patience: float = 8.0) -> bool:
        """Take no more tasks and wait for those that run; False when one is still running.

        Its row stays as it is, so the next process's sweep takes it up again.
        """
        from celery.worker import state

        if not self.asked.is_set():
            self.asked.set()
            self.beat.service.stop()
            try:
                app.control.shutdown(destination=[self.name])  # wakes the worker at once
            except OperationalError:  # no broker: it looks at this mark within seconds
                state.should_stop = 0  # type: ignore[assignment]  # typed as always None
        self.thread.join(patience)
        stopped = not self.thread.is_alive()
        if stopped:
            state.should_stop = None  # Celery's own mark, for the whole process
        return stopped


def start_embedded_worker(concurrency: int = 2) -> EmbeddedWorker:
    """Start both threads; returns when the worker takes tasks."""
    from celery.beat import EmbeddedService, Scheduler
    from celery.worker import WorkController

    # Another name each time: an order to stop must never reach the next one.
    ready, name = threading.Event(), f"embedded-{secrets.token_hex(4)}@parley"
    worker = WorkController(
        app=app,
        pool="threads",
        concurrency=concurrency,
        hostname=name,
        ready_callback=lambda consumer: ready.set(),
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    thread = threading.Thread(target=worker.start, name="worker", daemon=True)
    thread.start()
    if not ready.wait(20):
        raise RuntimeError("the embedded worker did not start")
    beat: Any = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)
    beat.start()
    return EmbeddedWorker(worker, name, beat, thread)
