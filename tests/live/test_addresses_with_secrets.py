"""Addresses carry tokens: what a server does with one that is too long, and what it logs of any."""

from __future__ import annotations

import logging
import socket
from io import StringIO
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from .doors import Door

SECRET = "a-link-that-nobody-may-read"
UPGRADE = (
    "Host: parley.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def _answer(at: Door, query: str, headers: str = "") -> bytes:
    """All that comes until the server closes the connection, or has taken it."""
    parts = urlsplit(at.url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=8) as line:
        ask = f"GET /v1/convai/conversation?{query} HTTP/1.1\r\n{UPGRADE}{headers}\r\n"
        line.sendall(ask.encode())
        came = b""
        while not came.startswith(b"HTTP/1.1 101") and (more := line.recv(65536)):
            came += more
        return came


@pytest.mark.parametrize("size", [8_100, 9_000, 14_000, 60_000])
def test_an_address_that_is_too_long_is_answered_at_once(
    at: Door, request: pytest.FixtureRequest, size: int
) -> None:
    """Daphne hangs up without a word above 16 KB; nobody is left waiting."""
    came = _answer(at, f"shareable_token={SECRET}&x=" + "x" * size)

    cut_off = "daphne" in request.node.name and size > 16_000
    assert came == b"" if cut_off else came.startswith((b"HTTP/1.1 4", b"HTTP/1.1 101"))


def test_too_many_headers_are_answered_at_once(uvicorn_door: Door) -> None:
    came = _answer(uvicorn_door, "x=1", "".join(f"X-{n}: 1\r\n" for n in range(140)))

    assert came.startswith(b"HTTP/1.1 431 ")


def test_no_line_of_a_servers_log_tells_a_token(at: Door) -> None:
    httpx.get(f"{at.url}/talk/agent_nobody/?token={SECRET}")
    httpx.get(f"{at.url}/nowhere?conversation_signature={SECRET}")
    _answer(at, f"agent_id=agent_nobody&shareable_token={SECRET}&x=" + "x" * 9_000)

    assert "/nowhere" in at.output()
    assert SECRET not in at.output()


@pytest.mark.parametrize("name", ["django.request", "uvicorn.error", "daphne.server", "elsewhere"])
def test_no_logger_writes_what_stands_behind_an_address(name: str) -> None:
    heard = _listening(name)
    log = logging.getLogger(name)

    log.error("Not Found: /talk/x/?token=%s", SECRET)
    log.error('"GET /talk/x/?token=%s\'"\' HTTP/1.1" 404', SECRET)
    log.error(
        "closed", extra={"url": f"https://a.example/?{SECRET}", "all": [{"a": f"/?{SECRET}"}]}
    )
    log.error("Was it found? No.")

    assert SECRET not in heard.getvalue()
    assert heard.getvalue().count(r"?\u2026") >= 4
    assert "Was it found? No." in heard.getvalue()


@pytest.mark.django_db
def test_a_page_that_is_not_there_is_logged_without_its_query(client: Client) -> None:
    heard = _listening("django.request")

    client.get(f"/talk/agent_nobody/?token={SECRET}")

    assert "/talk/agent_nobody/" in heard.getvalue()
    assert SECRET not in heard.getvalue()


def _listening(name: str) -> StringIO:
    """One more handler with the formatter that the settings gave to the one at the root."""
    made = (one.formatter for one in logging.getLogger().handlers)
    handler = logging.StreamHandler(heard := StringIO())
    handler.setFormatter(next(one for one in made if isinstance(one, ProcessorFormatter)))
    logging.getLogger(name).addHandler(handler)
    return heard
