"""How many requests a key, or an address without one, may make in a minute.

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
from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.workspaces.models import ApiKey

from .errors import Refusal

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.2  # with Redis, for each request
PAUSE_SECONDS = 5.0  # before it is asked again after it did not answer
LOOKS = 10  # times RATE_PER_ADDRESS: the widget's settings and pictures
TRIES = 10  # times RATE_PER_ADDRESS: wrong keys of one address that are looked up
_MOST_KNOWN = 10_000


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


def count_key(key: ApiKey) -> None:
    """One more request with this key. Raises Refusal when there were too many in this minute."""
    rate = settings.RATE_PER_KEY
    if wait := counter(settings.REDIS_URL).over(rate, "key", key.pk):
        raise _too_many(f"This API key may make {rate} requests a minute.", wait)


def count_visitor(request: HttpRequest, *, looks: bool = False) -> None:
    """One more request to a public route. looks: only what every page with the widget reads."""
    rate, bucket = settings.RATE_PER_ADDRESS, "visitor"
    if looks:  # many share an address, and none of them knows that their page asks
        rate, bucket = rate * LOOKS, "looks"
    if wait := counter(settings.REDIS_URL).over(rate, bucket, address_of(request)):
        raise _too_many("Too many requests from this address. Please try again later.", wait)


class Doubts:
    """Addresses that try keys. A good key is let in beside them: many share an address.

    After RATE_PER_ADDRESS wrong ones the next wrong one is a 429. Each is looked up all the same,
    until there were TRIES times as many: then only keys that have worked from there are.
    """

    def __init__(self) -> None:
        self._barred: dict[str, float] = {}  # until when, in this process's own time
        self._known: set[tuple[str, str]] = set()

    def check(self, address: str, digest: str) -> None:
        """Raises Refusal for a flood, before its next key is looked up."""
        until = self._barred.get(address)
        if until is None or (address, digest) in self._known:
            return
        if (left := until - time.monotonic()) > 0:
            raise _too_many(_TRIED, math.ceil(left))
        self._barred.pop(address, None)

    def failed(self, address: str) -> None:
        """One more wrong key from there."""
        rate, count = settings.RATE_PER_ADDRESS, counter(settings.REDIS_URL)
        wait = count.over(rate, "failed", address)
        if not wait:
            return
        if count.over(rate * (TRIES - 1), "flood", address):
            if len(self._barred) >= _MOST_KNOWN:
                self._barred.clear()
            self._barred[address] = time.monotonic() + wait
        raise _too_many(_TRIED, wait)

    def succeeded(self, address: str, digest: str) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known.add((address, digest))


_TRIED = "Too many requests without a valid API key. Please try again later."
doubts = Doubts()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy: what the nearest one has written, as nobody
    else's word counts. IPv6 by its network: one customer has 2^64 addresses."""
    text = str(request.META.get("REMOTE_ADDR") or "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    if forwarded:
        text = forwarded.rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return text


def _too_many(message: str, wait: int) -> Refusal:
    return Refusal(429, "too_many_requests", message, retry_after=wait)
