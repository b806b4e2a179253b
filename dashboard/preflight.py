"""What must hold before Parley serves. Whatever does not is one line that says what to do."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection

from .env import stop

# Any two numbers that nobody else locks: one for changes of the tables, one for "I serve".
_CHANGING, _SERVING = 7_275_391, 7_275_392


def raise_file_limit() -> None:
    """Every visitor holds a socket: take as many open files as the machine allows."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = hard if 0 <= hard < 1_048_576 else 1_048_576
        if 0 <= soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve on, taken before anything else is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (UnicodeError, TypeError):  # what no name server could be asked for
        stop(f"{host} is no host; mend PARLEY_HOST.")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            stop(f"port {port} is in use; set PORT to a free one.")
        if error.errno == errno.EACCES:
            stop(f"port {port} needs more rights; set PORT to one above 1023.")
        stop(f"cannot listen on {host} port {port} ({error.strerror}); mend PARLEY_HOST or PORT.")


def claim_home() -> IO[str]:
    """Without Redis one process does everything: a second one would answer with half the facts."""
    return _claimed(Path(settings.HOME, "serving"), str(settings.HOME), "another PARLEY_HOME")


def claim_file(database: Path) -> IO[str]:
    """The same claim for a SQLite file that DATABASE_URL names: several folders could share it."""
    file = database.resolve()  # one lock, whichever link leads there
    return _claimed(file.with_name(f"{file.name}.serving"), str(file), "another DATABASE_URL")


def _claimed(path: Path, what: str, instead: str) -> IO[str]:
    """It holds for as long as the file stays open, and ends with the process however it ends."""
    import fcntl

    try:
        file = path.open("a+")
    except OSError as error:
        stop(f"{path} cannot be written to ({error.strerror}); choose {instead}.")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        stop(
            f"another Parley (process {file.read().strip() or 'unknown'}) already serves "
            f"{what}; stop it, choose {instead}, or set REDIS_URL."
        )
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def reach_database() -> None:
    """Fails within seconds, with the server's own reason."""
    try:
        if connection.vendor == "postgresql":
            import psycopg

            psycopg.connect(settings.DATABASE_URL, connect_timeout=5).close()
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM django_migrations LIMIT 0" if _has_tables() else "SELECT 1"
            )
    except ImproperlyConfigured:
        stop("DATABASE_URL names PostgreSQL, whose driver is missing; start with `make run`.")
    except Exception as error:
        if not isinstance(error, DatabaseError) and not _is_psycopg(error):
            raise
        reason = _hushed(str(error).strip().splitlines()[0])
        stop(f"the database cannot be used ({reason}); mend DATABASE_URL or start the server.")


def _has_tables() -> bool:
    return "django_migrations" in connection.introspection.table_names()


def _hushed(reason: str) -> str:
    """Drivers repeat what they could not read, and that may be the password."""
    password = str(settings.DATABASES["default"].get("PASSWORD") or "")
    for form in (password, quote(password), quote(password, safe="")):
        reason = reason.replace(form, "…") if form else reason
    return reason


def _is_psycopg(error: Exception) -> bool:
    return type(error).__module__.startswith("psycopg")


def claim_database() -> Any:
    """The same claim for PostgreSQL, which several folders could share; keep what it returns."""
    import psycopg

    session = psycopg.connect(settings.DATABASE_URL, autocommit=True)
    if not session.execute("SELECT pg_try_advisory_lock(%s)", [_SERVING]).fetchone()[0]:  # type: ignore[index]
        stop("another Parley without REDIS_URL serves this database; set REDIS_URL for both.")
    return session


def reach_redis() -> None:
    import redis

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        stop(f"Redis cannot be used ({error}); mend REDIS_URL or start the server.")


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time changes the tables and makes what a first start finds."""
    if connection.vendor != "postgresql":
        yield  # SQLite has one writer, and its folder one process
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # waiting here, and making an index, may last
        cursor.execute("SELECT pg_advisory_lock(%s)", [_CHANGING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_CHANGING])
            cursor.execute("RESET statement_timeout")


def migrate() -> None:
    """Bring the tables up to date; a glance when they are."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
