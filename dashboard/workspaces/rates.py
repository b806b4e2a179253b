"""How often somebody may do something in a minute, and where they come from.

Counted by the `limits` library: in this process, or in Redis when there are several. A Redis that
does not answer lets everybody through: a limit is no reason to be down.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from functools import lru_cache

import redis
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.2  # with Redis, for each request
PAUSE_SECONDS = 5.0  # before it is asked again after it did not answer


class Counter:
    """Hits in this minute. One for the process; tests make their own."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.asleep_until = 0.0

    def over(self, rate: int, *who: str) -> int:
        """Count one more; seconds to wait when that is too many, else 0."""
        if not rate or time.monotonic() < self.asleep_until:
            return 0
        item = RateLimitItemPerMinute(rate)
        key = item.key_for(*who)
        try:
            if self.storage.incr(key, item.get_expiry()) <= rate:
                self._answered()
                return 0
            left = self.storage.get_expiry(key) - time.time()
        except (redis.RedisError, OSError) as error:
            self._failed(error)
            return 0
        return min(60, max(1, math.ceil(left)))

    def _failed(self, error: Exception) -> None:
        if not self.asleep_until:  # the first time only
            log.warning(
                "no rate limits: Redis does not answer", extra={"error": type(error).__name__}
            )
        self.asleep_until = time.monotonic() + PAUSE_SECONDS

    def _answered(self) -> None:
        if self.asleep_until:
            log.warning("rate limits are counted again")
            self.asleep_until = 0.0


@lru_cache(maxsize=4)
def counter(url: str) -> Counter:
    """The storage behind REDIS_URL, or this process's memory."""
    if not url:
        return Counter(MemoryStorage())
    pool = redis.ConnectionPool.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
        max_connections=100,
    )
    return Counter(RedisStorage("redis://", connection_pool=pool, key_prefix="parley-rates"))


def place_of(remote: str, forwarded: str = "") -> str:
    """Where somebody comes from, as one name. forwarded: `X-Forwarded-For`, where a proxy is
    known to write it; only what the nearest one wrote counts, as nobody else's word does.
    IPv6 by its network: one customer has 2^64 addresses."""
    text = forwarded.rpartition(",")[2].strip() if forwarded else remote
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return text
