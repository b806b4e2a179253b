"""One process that serves everything: the web server, and the background work beside it."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dashboard.live.server import here

log = logging.getLogger(__name__)

# A frame of 1 MB must reach the door, which answers it with a reason (a protocol error has none).
MAX_FRAME = 1024 * 1024 + 64 * 1024
GRACE_SECONDS = 10


class Socket(WebSocketsSansIOProtocol):
    """Uvicorn's, which never sends the answer to a request that `websockets` refuses to read.

    An address above 8 KB, for example, is told 414 and more than 128 headers 431; the connection
    would stay open in silence.
    """

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.handshake_complete = self.close_sent = True
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()


class Server(uvicorn.Server):
    """Uvicorn, with an orderly end: conversations are closed before their sockets are cut."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.when_ready = when_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn raises the signal again on its way out, which would skip the clean-up."""
        names = (signal.SIGINT, signal.SIGTERM)
        before = {name: signal.signal(name, self.handle_exit) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.when_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in self.servers:
            each.close()
        await here.close_sessions()
        await super().shutdown(sockets)


def serve(listener: socket.socket, when_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        "dashboard.asgi:application",
        ws=Socket,
        ws_max_size=MAX_FRAME,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.BEHIND_PROXY,
        forwarded_allow_ips="*" if settings.BEHIND_PROXY else None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    Server(config, when_ready).run(sockets=[listener])


@contextmanager
def background_work() -> Iterator[None]:
    """With Redis: worker and clock as a process beside this one. Without, they live in it."""
    if settings.REDIS_URL and settings.ROLE == "all":
        child = WorkerProcess()
        try:
            yield
        finally:
            child.stop()
    else:
        yield


class WorkerProcess:
    """`manage.py background` as a child, started again whenever it dies."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process = self._start()
        threading.Thread(target=self._watch, name="worker-watch", daemon=True).start()

    def _start(self) -> subprocess.Popen[bytes]:
        """It holds the other end of a pipe, which closes with this process however that ends."""
        line = [sys.executable, "manage.py", "background"]
        return subprocess.Popen(line, cwd=settings.BASE_DIR, stdin=subprocess.PIPE)  # noqa: S603

    def _watch(self) -> None:
        while not self._stopping.wait(1):
            if (code := self._process.poll()) is not None:
                log.error("the worker died and is started again", extra={"exit_code": code})
                self._process = self._start()

    def stop(self, patience: float = 10.0) -> None:
        """Let it finish what it runs; what it cannot finish, a later sweep finds."""
        self._stopping.set()
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
