"""Daphne drops a close's reason and refuses the codes of the contract (1001, 1002, 1008, 1011).

Clients show that reason to visitors (contract websocket.md §7), so its factory gets a protocol
that sends both. Imported by asgi.py when Daphne is the server.
"""

from __future__ import annotations

from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol


class ReadableClose(WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    def handle_reply(self, message: dict[str, Any]) -> None:
        if message.get("type") == "websocket.close" and self.state == self.STATE_OPEN:
            reason = message.get("reason") or ""
            self.sendCloseFrame(message.get("code") or 1000, reason.encode())
        else:
            super().handle_reply(message)


def install() -> None:
    WebSocketFactory.protocol = ReadableClose
