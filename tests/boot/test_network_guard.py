"""The suite cannot leave this machine, whatever a test forgets to replace."""

from __future__ import annotations

import socket

import httpx
import pytest

from tests.conftest import Unreachable


def test_an_address_elsewhere_cannot_be_connected_to() -> None:
    with socket.socket() as line, pytest.raises(Unreachable):
        line.connect(("192.0.2.1", 80))


def test_a_name_elsewhere_is_not_even_looked_up() -> None:
    with pytest.raises(Unreachable):
        socket.getaddrinfo("example.com", 443)


async def test_an_async_client_is_held_back_too() -> None:
    async with httpx.AsyncClient(timeout=2) as client:
        with pytest.raises((httpx.ConnectError, Unreachable)):
            await client.get("http://192.0.2.1/")


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
