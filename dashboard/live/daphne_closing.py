"""What Daphne needs so that conversations end readably. Imported by asgi.py when it is the server.

It drops a close's reason and refuses the codes of the contract (1001, 1002, 1008, 1011), but
clients show that reason to visitors (contract websocket.md §7): its factory gets a protocol that
sends both. Its access log writes whole addresses, with the tokens in them: ours cuts them. And it
tells no application that it stops: Twisted does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import daphne.cli
from daphne.access import AccessLogGenerator
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol


class ReadableClose(WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    failByDrop = False  # noqa: N815  # what breaks the protocol is answered with its code

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message.get("type") == "websocket.close" and self.state == self.STATE_OPEN:
            reason = message.get("reason") or ""
            self.sendCloseFrame(message.get("code") or 1000, reason.encode())
        else:
            super().handle_reply(message)


class QuietAccess(AccessLogGenerator):  # type: ignore[misc]  # Daphne has no types
    """Its access log goes past the logging module: what stands behind an address opens doors."""

    def write_entry(self, host: str, date: Any, request: str, *more: Any, **named: Any) -> None:
        super().write_entry(host, date, request.partition("?")[0], *more, **named)


def install(end: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """`end`: what must be done before the sockets are cut."""
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred

    def stopping() -> Any:
        return Deferred.fromFuture(asyncio.ensure_future(end()))

    WebSocketFactory.protocol = ReadableClose
    daphne.cli.AccessLogGenerator = QuietAccess
    reactor.addSystemEventTrigger("before", "shutdown", stopping)  # type: ignore[arg-type]  # its types are wrong
