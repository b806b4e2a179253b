"""How many requests a key, or an address without one, may make in a minute."""

from __future__ import annotations

import math
import time

from django.conf import settings
from django.http import HttpRequest

from dashboard.workspaces.models import ApiKey
from dashboard.workspaces.rates import counter, place_of

from .errors import Refusal

LOOKS = 10  # times RATE_PER_ADDRESS: the widget's settings and pictures
TRIES = 10  # times RATE_PER_ADDRESS: wrong keys of one address that are looked up
_MOST_KNOWN = 10_000


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
    """Where a request comes from, as one name (workspaces/rates.py)."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return place_of(str(request.META.get("REMOTE_ADDR") or ""), forwarded)


def _too_many(message: str, wait: int) -> Refusal:
    return Refusal(429, "too_many_requests", message, retry_after=wait)
