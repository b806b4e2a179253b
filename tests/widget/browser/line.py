"""A line between browser and server that can be cut, as in a tunnel."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress


class Line:
    """Carries bytes to a server from a port of its own; `cut` ends all connections at once."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._ends: list[socket.socket] = []
        self._down = False
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._welcome, daemon=True).start()

    def cut(self) -> None:
        """Nobody gets through until `mend`."""
        with self._lock:
            self._down = True
            ends, self._ends = self._ends, []
        for end in ends:
            _reset(end)

    def mend(self) -> None:
        self._down = False

    def close(self) -> None:
        self.cut()
        self._door.close()

    def _welcome(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with self._lock:
            if self._down:
                return _reset(near)
            far = socket.create_connection(self._server)
            self._ends += [near, far]
        threading.Thread(target=_pump, args=(near, far), daemon=True).start()
        return _pump(far, near)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
        end.close()
