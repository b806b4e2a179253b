"""Addresses that a member types in to be called: what is wrong with one, said at once."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from dashboard.providers.addresses import Misspelt, Policy, is_host, openings, plain_host

LONGEST = 500
NO_ADDRESS = "Use https:// (or http://) and a host at the start"
WITH_CREDENTIALS = "Leave name and password out of the address; send them in a header"
INSIDE = "This address is inside a private network, where the server's operator lets nothing go"
_USUAL = {"https": 443, "http": 80}
_A_NUMBER = re.compile(r"(0x)?[0-9a-f.]+", re.IGNORECASE)


def checked(url: str) -> str:
    """The address as it is kept. Raises ValueError, whose text is for whoever typed it.

    Only what can never be reached is refused here: hosts are looked up when they are called, and
    then the guarded client decides.
    """
    url = shaped(url)
    parts = _parts(url)
    if parts.port == 0 or not is_host(str(parts.hostname)):
        raise ValueError(NO_ADDRESS)
    host, port = str(parts.hostname), parts.port or _USUAL[parts.scheme.lower()]
    address = _written_address(host)
    if address and not _policy(settings.EGRESS_ALLOW).allows(host, port, address):
        raise ValueError(INSIDE)
    return url


def shaped(url: str) -> str:
    """Only whether it is an address at all, whatever the operator lets through today."""
    url = url.strip()
    if len(url) > LONGEST:
        raise ValueError(f"Use at most {LONGEST} characters")
    parts = _parts(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError(WITH_CREDENTIALS)
    return url


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(NO_ADDRESS) from None
    fine = parts.scheme.lower() in ("http", "https") and parts.hostname and url.isprintable()
    if not fine or " " in url or "\\" in url:
        raise ValueError(NO_ADDRESS)
    return parts


def _written_address(host: str) -> str:
    """The IP address that is known without asking anybody; empty when a look-up has to tell."""
    plain = plain_host(host)
    if plain == "localhost" or plain.endswith(".localhost"):
        return "127.0.0.1"
    try:
        if ":" in plain:
            return socket.inet_ntop(
                socket.AF_INET6, socket.inet_pton(socket.AF_INET6, plain.partition("%")[0])
            )
        # As every system reads them: 127.1, 0x7f000001, 2130706433.
        return socket.inet_ntoa(socket.inet_aton(plain)) if _A_NUMBER.fullmatch(plain) else ""
    except OSError:
        return ""


def _policy(opened: Sequence[str]) -> Policy:
    try:
        return Policy(openings(opened))
    except Misspelt:  # the operator's; nothing is sent until it is mended
        return Policy()
