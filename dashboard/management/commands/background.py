"""`manage.py background`: the worker and the clock, as the child that `up` starts beside Redis."""

from __future__ import annotations

import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand

from dashboard.celery import start_embedded_worker


class Command(BaseCommand):
    help = "Run tasks and the clock until standard input ends (`up` holds the other end of it)."
    requires_system_checks: list[str] = []  # `up` has made them

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for `up`, which ends this last
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        worker = start_embedded_worker(concurrency=4)
        try:
            sys.stdin.buffer.read()
        finally:
            worker.stop()
