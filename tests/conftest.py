"""The cast is always there: Ada owns the workspace, Ben is a member, Cleo must see nothing.

Nothing here reaches the network, the operator's models or the data in `var/`.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.utils import timezone

from dashboard.workspaces.models import ApiKey, Member, Role, User, Workspace


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Harbour Coffee")


@pytest.fixture
def ada(workspace: Workspace) -> User:
    return _member(workspace, "ada@harbour.example", "Ada Larsen", Role.OWNER)


@pytest.fixture
def ben(workspace: Workspace) -> User:
    return _member(workspace, "ben@harbour.example", "Ben Okafor", Role.EDITOR)


@pytest.fixture
def cleo(db: None) -> User:
    """Somebody else, who owns another workspace."""
    return _member(
        Workspace.objects.create(name="Elsewhere"),
        "cleo@elsewhere.example",
        "Cleo Roux",
        Role.OWNER,
    )


@pytest.fixture
def api_key(workspace: Workspace, ada: User) -> str:
    """In use already: its first use would be noted with one more query."""
    return ApiKey.make(workspace, "tests", ada, last_used_at=timezone.now())[1]


@pytest.fixture
def cleos_key(cleo: User) -> str:
    return ApiKey.make(cleo.memberships.get().workspace, "tests", cleo)[1]


def _member(workspace: Workspace, email: str, name: str, role: Role) -> User:
    user = User.objects.create_user(email, "correct horse battery", name=name)
    Member.objects.create(workspace=workspace, user=user, role=role)
    return user


# --- The sandbox -----------------------------------------------------------------------------


def pytest_configure() -> None:
    """A folder of its own for each process, and no model that the operator pays for."""
    # A shell starts what it runs in the background deaf to it, and servers would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    home = Path(tempfile.mkdtemp(prefix="parley-tests-"))
    settings.HOME = home
    for name in ("LLM_URL", "LLM_API_KEY", "LLM_MODEL", "LLM_FALLBACK_MODEL", "OLLAMA_URL"):
        setattr(settings, name, "")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "PUBLIC_URL"):
        setattr(settings, name, "")
    settings.EGRESS_ALLOW = []
    settings.RATE_PER_KEY = settings.RATE_PER_ADDRESS = 0  # tests of them set their own
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, so that threads and tests with real transactions see the same rows.
        database.setdefault("TEST", {})["NAME"] = str(home / "tests.sqlite3")
        options = database["OPTIONS"]
        options["init_command"] = options["init_command"].replace("=FULL", "=OFF")
    if settings.REDIS_URL:
        _own_redis_database(os.environ.get("PYTEST_XDIST_WORKER", "gw0"))


def _own_redis_database(worker: str) -> None:
    """Processes that test side by side must not take each other's messages."""
    url = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path=f"/{int(worker[2:]) + 1}"))
    settings.REDIS_URL = settings.CELERY_BROKER_URL = url
    settings.CACHES["default"]["LOCATION"] = url


class Unreachable(OSError):
    """A test tried to leave this machine."""


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Only this machine may be connected to, and what the operator named for the tests."""
    allowed = {urlsplit(url).hostname for url in (settings.DATABASE_URL, settings.REDIS_URL) if url}

    def check(host: Any) -> None:
        if isinstance(host, bytes):
            host = host.decode()
        if host and host not in allowed and not _is_here(str(host)):
            raise Unreachable(f"the tests may not reach {host}")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), check))
        lookup = socket.getaddrinfo

        def look_up(host: Any, *rest: Any, **more: Any) -> Any:
            check(host)
            return lookup(host, *rest, **more)

        patch.setattr(socket, "getaddrinfo", look_up)
        yield


def _guarded(connect: Any, check: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0])
        return connect(self, address)

    return guarded


def _is_here(host: str) -> bool:
    if host in ("localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
