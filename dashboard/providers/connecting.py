"""Connecting under a policy: look the host up, check every address, connect to a checked one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpcore

from .addresses import Policy
from .sockets import connect

_FIRST_SECONDS = 3.0

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NoAnswer(Exception):
    """The other side gave no answer; `reason` is a sentence for people, without secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Blocked(NoAnswer):
    """The request was not made (or not followed further), because the address is not allowed."""


async def look_up(host: str, port: int) -> list[str]:
    """Every address of the host, as the system knows them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Opens every connection, under the policy of its client.

    The name is looked up here, once, and the very address that was checked is connected to: a
    name server that gives another address to the second question (DNS rebinding) is never asked.
    TLS and the Host header still go by the name.
    """

    def __init__(self, policy: Policy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port, timeout)
        trouble: Exception = httpcore.ConnectError("no address")
        for at, address in enumerate(addresses):
            # An address that leads nowhere (often the IPv6 one) must not use up the whole time.
            last = at + 1 == len(addresses)
            try:
                return await connect(address, port, timeout if last else _FIRST_SECONDS)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def _checked(self, host: str, port: int, seconds: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("look-up") from error
        except (OSError, UnicodeError) as error:
            raise NoAnswer(f"There is no host named {host}.") from error
        if not all(self._policy.allows(host, port, address) for address in addresses):
            raise Blocked(
                f"{host} is inside a private network, where requests may not go unless the "
                "operator opens it with PARLEY_EGRESS_ALLOW."
            )
        return addresses

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise Blocked("Requests go to hosts, not to sockets of this machine.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
