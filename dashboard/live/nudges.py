"""Between server processes: "your conversation is wanted here", and "it is free". The rows say so
too, and servers look there with each heartbeat; this only makes it quick. Without Redis there is
one process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import redis.asyncio as redis
from django.conf import settings

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.5  # with a Redis that does not answer
PAUSE_SECONDS = 1.0  # before a lost line to it is tried again
WANTED, FREE = "wanted", "free"
Hear = Callable[[str, str, str], None]  # what, which conversation, and the server that says so
_clients: dict[asyncio.AbstractEventLoop, redis.Redis] = {}


def _topic(server_id: str) -> str:
    return f"parley:wanted:{server_id}"


async def want(server_id: str, conversation_id: str, here: str) -> bool | None:
    """Tell a server that the visitor of its conversation is `here`; whether anybody listens there.

    None: nobody can tell, and the word may be lost.
    """
    return await _tell(server_id, f"{WANTED} {conversation_id} {here}")


async def free(server_id: str, conversation_id: str) -> None:
    """Tell the server that wanted a conversation that it may have it."""
    await _tell(server_id, f"{FREE} {conversation_id} ")


async def _tell(server_id: str, word: str) -> bool | None:
    if not settings.REDIS_URL or not server_id:
        return None
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        client = redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS)
        _clients[loop] = client
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return bool(await client.publish(_topic(server_id), word))
    except (redis.RedisError, OSError) as error:
        log.warning("another server was not nudged", extra={"error": type(error).__name__})
        return None


async def listen(server_id: str, hear: Hear) -> None:
    """Hear what this server is told, for ever, also across a Redis that goes away."""
    while settings.REDIS_URL:
        try:
            await _listen(server_id, hear)
        except (
            redis.RedisError,
            OSError,
            ValueError,
        ):  # the heartbeat looks into the rows meanwhile
            await asyncio.sleep(PAUSE_SECONDS)


async def _listen(server_id: str, hear: Hear) -> None:
    async with redis.from_url(settings.REDIS_URL, socket_timeout=None) as client:
        async with client.pubsub() as line:
            await line.subscribe(_topic(server_id))
            async for message in line.listen():
                if message["type"] == "message":
                    kind, conversation_id, sender = message["data"].decode().split(" ")
                    hear(kind, conversation_id, sender)


async def stop() -> None:
    """Close what this loop has opened."""
    if client := _clients.pop(asyncio.get_running_loop(), None):
        await client.aclose()
