"""The worker that lives in the web process: quick, tidy with connections, patient at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from dashboard.celery import EmbeddedWorker, app, start_embedded_worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.EMBEDDED, reason="with Redis the worker is another process"),
]


class Ward:
    """What the tasks of these tests met."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.done, self.go_on = threading.Event(), threading.Event()
        self.connection: Any = None
        self.thread = ""


ward = Ward()


@app.task(name="tests.boot.look")
def look() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
    ward.connection, ward.thread = connections["default"], threading.current_thread().name
    ward.done.set()


@app.task(name="tests.boot.take_time")
def take_time() -> None:
    ward.done.set()
    ward.go_on.wait(20)
    ward.thread = "finished"


@pytest.fixture
def worker() -> Iterator[EmbeddedWorker]:
    ward.reset()
    running = start_embedded_worker()
    yield running
    ward.go_on.set()
    running.stop()


def test_a_task_from_another_thread_runs_at_once(worker: EmbeddedWorker) -> None:
    began = time.monotonic()
    threading.Thread(target=look.delay).start()

    assert ward.done.wait(10)
    assert time.monotonic() - began < 4  # a worker that has to be woken takes 6
    assert ward.thread != threading.current_thread().name


def test_a_task_leaves_no_connection_open(worker: EmbeddedWorker) -> None:
    look.delay()
    assert ward.done.wait(10)

    _until(lambda: ward.connection.connection is None)


def test_stopping_waits_for_the_task_that_runs(worker: EmbeddedWorker) -> None:
    take_time.delay()
    assert ward.done.wait(10)
    threading.Timer(0.3, ward.go_on.set).start()

    assert worker.stop(patience=10)
    assert ward.thread == "finished"


def test_stopping_gives_up_on_a_task_that_does_not_end(worker: EmbeddedWorker) -> None:
    take_time.delay()
    assert ward.done.wait(10)
    began = time.monotonic()

    assert not worker.stop(patience=0.2)
    assert time.monotonic() - began < 6  # not its usual patience


def test_an_idle_worker_stops_at_once_and_another_can_follow(worker: EmbeddedWorker) -> None:
    began = time.monotonic()
    assert worker.stop()
    assert time.monotonic() - began < 6  # not its usual patience

    again = start_embedded_worker()
    look.delay()

    assert ward.done.wait(10)
    assert again.stop()


def test_the_clock_sweeps() -> None:
    sweep = app.conf.beat_schedule["sweep"]

    app.loader.import_default_modules()
    assert sweep["task"] in app.tasks
    assert sweep["schedule"] == settings.SWEEP_SECONDS


def _until(holds: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
