"""Which addresses a workspace's member may reach: public ones, and what the operator opened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

# A NAT64 gateway and a 6to4 relay reach the IPv4 address that is written inside these.
_NAT64 = IPv6Network("64:ff9b::/96")
# Public by Python's tables (which differ between its versions), and yet inside: clouds keep their
# control services at the first two, then come gateways, examples (3fff) and routing labels (5f00).
_ALSO_INSIDE = tuple(
    ip_network(net)
    for net in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "3fff::/20",
        "5f00::/16",
    )
)


_LABEL = re.compile(r"[a-z0-9_-]{1,63}")


class Misspelt(ValueError):
    """An entry of the operator's list that means nothing; the text says how to write it."""


def is_public(address: Address) -> bool:
    """Out on the internet, whichever way the address is dressed up."""
    if isinstance(address, IPv6Address) and (inner := _inside(address)):
        return is_public(inner)
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    odd = address.is_multicast or address.is_reserved or address.is_unspecified or site_local
    also = any(address in net for net in _ALSO_INSIDE)
    return address.is_global and not (odd or also)


def _inside(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


@dataclass(frozen=True)
class Opening:
    """One entry of the operator's list: a network or a host by name; `port` None is every port."""

    where: str
    port: int | None = None

    def covers_host(self, host: str, port: int) -> bool:
        return self.port in (None, port) and self.where == plain_host(host)

    def covers_address(self, address: Address, port: int) -> bool:
        if self.port not in (None, port):
            return False
        try:
            return address in ip_network(self.where, strict=False)
        except ValueError:
            return False


def openings(entries: Sequence[str]) -> tuple[Opening, ...]:
    """The list of PARLEY_EGRESS_ALLOW: hosts, networks, `host:port`, `[v6]:port`."""
    return tuple(_opening(entry.strip()) for entry in entries if entry.strip())


def _opening(entry: str) -> Opening:
    try:
        return Opening(str(ip_network(entry, strict=False)))
    except ValueError:
        pass
    try:
        parts = urlsplit(f"//{entry}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not is_host(host) or parts.path or parts.query or parts.username is not None:
        raise Misspelt(f"{entry!r} is no host, network or host:port.")
    return Opening(plain_host(host), port)


def plain_host(host: str) -> str:
    """One spelling for each host: no dot at the end, small letters, ASCII."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        return bare.encode("idna").decode() if not bare.isascii() else bare
    except UnicodeError:
        return bare


def is_host(host: str) -> bool:
    """Whether it is spelt as an address or a name that can be looked up."""
    import httpx  # late: settings look at this list before anything else is loaded

    plain = plain_host(host)
    if ":" in plain:
        return _is_address(plain)
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in plain.split(".")):
        return False
    try:
        return bool(httpx.URL(scheme="http", host=plain).host)
    except (httpx.InvalidURL, ValueError):  # Punycode that means nothing, numbers that are none
        return False


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Policy:
    """What may be connected to. The operator's own backends go by `everywhere`."""

    opened: tuple[Opening, ...] = ()
    everywhere: bool = False

    def allows(self, host: str, port: int, address: str) -> bool:
        if self.everywhere or any(o.covers_host(host, port) for o in self.opened):
            return True
        found = ip_address(address.partition("%")[0])
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return is_public(found) or any(o.covers_address(found, port) for o in self.opened)
