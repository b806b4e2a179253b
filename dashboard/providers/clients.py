"""The clients behind every outgoing request: one for each policy and event loop.

Connections belong to the loop that opened them, and tasks run their coroutines in a new loop each
time: a client is closed when its loop ends.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Sequence
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import certifi
import httpcore
import httpx

from .addresses import Misspelt, Policy, openings
from .connecting import Blocked, CheckedNetwork, Resolve, look_up

_HEADERS = {"user-agent": "Parley", "accept": "*/*", "accept-encoding": "identity"}
_TIMEOUT = httpx.Timeout(connect=10, read=120, write=30, pool=10)

_Keeper = AsyncGenerator[httpx.AsyncClient, None]
_clients: dict[AbstractEventLoop, dict[Policy, list[tuple[httpx.AsyncClient, _Keeper]]]] = {}
_lock = threading.Lock()
# With every request that begins or ends, httpcore's pool walks over all of its connections for
# each request that waits or runs: the work grows with the square. Several small pools do less.
_MOST_IN_ONE_POOL = 8


async def trusted_client() -> httpx.AsyncClient:
    """For what the operator configured: any address."""
    return await _client(Policy(everywhere=True))


async def guarded_client(allow: Sequence[str] = ()) -> httpx.AsyncClient:
    """For what a member typed in. `allow`: hosts and networks that the operator opened."""
    try:
        policy = Policy(openings(allow))
    except Misspelt:  # whose words name a host of the operator's, which is not a member's to know
        raise Blocked(
            "PARLEY_EGRESS_ALLOW is misspelt; until the operator mends it, nothing is sent."
        ) from None
    return await _client(policy)


async def _client(policy: Policy) -> httpx.AsyncClient:
    """The first one that is not busy, so that few requests share few connections."""
    loop = asyncio.get_running_loop()
    with _lock:
        for client, _ in _clients.get(loop, {}).get(policy, ()):
            if _in_flight(client) < _MOST_IN_ONE_POOL:
                return client
    client = build(policy)
    keeper = _until_the_loop_ends(client, loop)
    with _lock:
        for ended in [other for other in _clients if other.is_closed()]:
            del _clients[ended]
        _clients.setdefault(loop, {}).setdefault(policy, []).append((client, keeper))
    return await anext(keeper)


def _in_flight(client: httpx.AsyncClient) -> int:
    return len(client._transport._pool._requests)  # type: ignore[attr-defined]  # see `build`


async def _until_the_loop_ends(client: httpx.AsyncClient, loop: AbstractEventLoop) -> _Keeper:
    """A loop closes its suspended generators when it ends (`asyncio.run`), and this its client."""
    try:
        yield client
    finally:
        with _lock:
            _clients.pop(loop, None)
        await client.aclose()


def build(
    policy: Policy, resolve: Resolve = look_up, tls: ssl.SSLContext | None = None
) -> httpx.AsyncClient:
    """A client of its own, for whoever closes it. It keeps no cookies and reads no proxies."""
    transport = httpx.AsyncHTTPTransport(verify=tls or _tls(), trust_env=False)
    # httpx offers no way to pass a network backend; its pool is replaced before its first use.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=tls or _tls(),
        max_connections=2000,
        max_keepalive_connections=100,
        keepalive_expiry=30,
        network_backend=CheckedNetwork(policy, resolve),
    )
    return httpx.AsyncClient(
        transport=transport,
        headers=_HEADERS,
        timeout=_TIMEOUT,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
    )


@lru_cache
def _tls() -> ssl.SSLContext:
    """The system's authorities (an operator's own among them) and the usual public ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
