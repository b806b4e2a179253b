"""A proxy that spoils things on the way: refuses some requests, or loses an answer that was made.

with flaky(server_url, Refuse(429), LoseAnswer()) as there:
    ...  # there.url; there.asked: when each request came, and to which path
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@dataclass(frozen=True)
class Refuse:
    """The request never arrives."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoseAnswer:
    """The request is answered, but the caller hears of a broken gateway."""

    status: int = 502


@dataclass(frozen=True)
class Flaky:
    url: str
    asked: list[tuple[float, str]]


@contextmanager
def flaky(target: str, *troubles: Refuse | LoseAnswer) -> Iterator[Flaky]:
    """The first requests meet these troubles, one each; the later ones go through."""
    coming, asked = list(troubles), []

    class Proxy(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            asked.append((time.monotonic(), f"{self.command} {self.path}"))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            trouble = coming.pop(0) if coming else None
            if isinstance(trouble, Refuse):
                self._say(trouble.status, b'{"detail": "not now"}', trouble.headers)
                return
            sent = {name: value for name, value in self.headers.items() if name != "Host"}
            answer = httpx.request(self.command, target + self.path, headers=sent, content=body)
            if trouble:
                self._say(trouble.status, b'{"detail": "lost"}', {})
            else:
                self._say(answer.status_code, answer.content, {})

        do_GET = do_POST = do_PATCH = do_DELETE = _pass_on  # noqa: N815  # names of the library

        def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Flaky(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
