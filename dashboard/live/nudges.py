"""Between server processes: "your conversation is wanted here". The row says so too, and servers
look there with each heartbeat; this only makes it quick. Without Redis there is one process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import redis.asyncio as redis
from django.conf import settings

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.5  # with a Redis that does not answer
PAUSE_SECONDS = 1.0  # before a lost line to it is tried again
_clients: dict[asyncio.AbstractEventLoop, redis.Redis] = {}


def _topic(server_id: str) -> str:
    return f"parley:wanted:{server_id}"


async def nudge(server_id: str, conversation_id: str) -> bool | None:
    """Tell a server that the visitor of its conversation is elsewhere; whether anybody listens
    there. None: nobody can tell, and the nudge may be lost.
    """
    if not settings.REDIS_URL or not server_id:
        return None
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        client = redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS)
        _clients[loop] = client
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return bool(await client.publish(_topic(server_id), conversation_id))
    except (redis.RedisError, OSError) as error:
        log.warning("another server was not nudged", extra={"error": type(error).__name__})
        return None


async def listen(server_id: str, hear: Callable[[str], Awaitable[None]]) -> None:
    """Hear what this server is nudged about, for ever, also across a Redis that goes away."""
    while settings.REDIS_URL:
        try:
            await _listen(server_id, hear)
        except (redis.RedisError, OSError):  # the heartbeat looks into the rows meanwhile
            await asyncio.sleep(PAUSE_SECONDS)


async def _listen(server_id: str, hear: Callable[[str], Awaitable[None]]) -> None:
    async with redis.from_url(settings.REDIS_URL, socket_timeout=None) as client:
        async with client.pubsub() as line:
            await line.subscribe(_topic(server_id))
            async for message in line.listen():
                if message["type"] == "message":
                    await hear(message["data"].decode(errors="replace"))


async def stop() -> None:
    """Close what this loop has opened."""
    if client := _clients.pop(asyncio.get_running_loop(), None):
        await client.aclose()
