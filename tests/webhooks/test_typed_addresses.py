"""Addresses that no client could ask are refused when they are typed."""

from __future__ import annotations

import pytest

from dashboard.providers.http import Blocked, fetch
from dashboard.webhooks import address

NEVER = [
    "http://xn--/",
    "http://x:0/",
    "http://%31%32%37.0.0.1/",
    "http://a..b/",
    "http://999.1.1.1/",
]


@pytest.mark.parametrize("url", NEVER)
def test_what_is_no_host_is_refused_when_it_is_typed(url: str) -> None:
    with pytest.raises(ValueError, match=address.NO_ADDRESS[:12]):
        address.checked(url)


@pytest.mark.parametrize("url", ["http://xn--/", "http://x:0/", "https://xn--.xn--/a"])
async def test_what_is_no_host_is_not_asked(url: str) -> None:
    with pytest.raises(Blocked):
        await fetch("GET", url)
