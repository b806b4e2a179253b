"""The clients' connections: held back, shared within a loop, closed with it."""

from __future__ import annotations

import asyncio
import contextlib
import gc

import httpx

from dashboard.providers import clients
from dashboard.providers.clients import guarded_client, trusted_client
from dashboard.providers.http import Bounds, fetch, post
from tests.stand_ins.loopback import Canned, loopback

HERE = ("127.0.0.1",)


async def test_a_server_that_sends_faster_than_we_read_has_to_wait():
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
                sent += 65536

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, post(await trusted_client(), url, {}, b"") as stream:
        await anext(stream.chunks)
        await asyncio.sleep(0.5)
        sent_while_nobody_read = sent
        async for _ in stream.chunks:
            if sent > sent_while_nobody_read + 10_000_000:
                break

    assert sent_while_nobody_read < 20_000_000


async def test_one_loop_shares_its_connections():
    async with loopback(Canned(b"fine")) as here:
        for _ in range(3):
            await fetch("GET", here.url, bounds=Bounds(allow=HERE))

    assert (len(here.heard), here.connections) == (3, 1)


def test_a_loop_that_ends_closes_its_clients():
    kept: list[httpx.AsyncClient] = []

    async def visit() -> None:
        async with loopback(Canned(b"fine")) as here:
            await fetch("GET", here.url, bounds=Bounds(allow=HERE))
            kept.extend([await guarded_client(HERE), await trusted_client()])

    for _ in range(2):
        asyncio.run(visit())
    gc.collect()

    assert all(client.is_closed for client in kept)
    assert len({id(client) for client in kept}) == 4
    assert not [loop for loop in clients._clients if loop.is_closed()]
