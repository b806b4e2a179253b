"""`manage.py up`: everything that one machine needs, in one command."""

from __future__ import annotations

import os
import sys
import threading
from socket import socket
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand
from django.db import connections

from dashboard import first_run, preflight
from dashboard.checks import TAG
from dashboard.env import stop
from dashboard.first_run import Welcome


class Command(BaseCommand):
    help = "Migrate, make what a first start needs, and serve pages, API, chats and analysis."
    requires_system_checks: list[str] = []  # our own run below; all of them cost half a second

    def handle(self, *args: Any, **options: Any) -> None:
        first_run.check_wishes()
        remarks = _remarks()
        preflight.raise_file_limit()
        claims: list[Any] = [preflight.claim_home()] if settings.EMBEDDED else []
        listener = preflight.listen(settings.HOST, settings.PORT)
        preflight.reach_database()
        if settings.REDIS_URL:
            preflight.reach_redis()
        elif settings.DATABASE_URL.startswith("postgres"):
            claims.append(preflight.claim_database())
        elif settings.DATABASE_URL:
            claims.append(preflight.claim_file(settings.DATABASES["default"]["NAME"]))
        with preflight.alone():
            preflight.migrate()
            welcome = first_run.seed()
        connections.close_all()
        self.serve(listener, welcome, remarks)
        del claims  # held until here: nobody else may serve meanwhile

    def serve(self, listener: socket, welcome: Welcome, remarks: list[str]) -> None:
        from dashboard import serving  # late: refusals above need none of the server

        address = settings.PUBLIC_URL or _address(*listener.getsockname()[:2])
        with serving.background_work():
            serving.serve(listener, lambda: self.greet(address, welcome, remarks))
        print("Parley has stopped.", flush=True)
        _leave_unfinished_tasks()

    def greet(self, address: str, welcome: Welcome, remarks: list[str]) -> None:
        for name, value in welcome.lines(address):
            print(f"  {name:<11}{value}")
        for remark in remarks:
            print(f"\n  Note: {remark}")
        print("\nCtrl-C stops Parley.", flush=True)


def _remarks() -> list[str]:
    """What the operator should know; what makes no sense at all stops the start."""
    found = checks.run_checks(tags=[TAG])
    for check in found:
        if check.is_serious():
            stop(f"{check.msg} {check.hint or ''}".rstrip())
    return [f"{check.msg} {check.hint or ''}".rstrip() for check in found]


def _address(host: str, port: int) -> str:
    if host in ("0.0.0.0", "::", "::1"):  # noqa: S104  # read, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "[::1]"  # noqa: S104
    return f"http://{host}:{port}"


def _leave_unfinished_tasks() -> None:
    """A task that outlived our patience must not hold the exit up; its row waits for a sweep."""
    if any(thread.name.startswith("ThreadPoolExecutor") for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
