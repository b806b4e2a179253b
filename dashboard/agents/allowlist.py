"""Which pages may talk to an agent: the Origin a browser sends, against the agent's own list."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import idna

from .models import Agent

LONGEST = 260
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?(?::\d+)?|\[[0-9a-f:.]+\](?::\d+)?")
_USUAL_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def host_of(text: str) -> str:
    """`Https://Shop.Example:443/x` and `shop.example` → `shop.example`; empty when it is no host.

    A port stays when it is not the scheme's usual one: hosts are compared exactly, with it.
    """
    text = text.strip().lower()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host or any(c.isspace() or c in "\0,*" for c in host) or parts.username is not None:
        return ""
    try:  # browsers send letters beyond ASCII in their coded form
        host = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port and port != _USUAL_PORTS.get(parts.scheme) else host


def page_host(address: str) -> str:
    """The host of a page that a browser can be at; empty for every other address.

    Extensions, files and scripts have addresses too, whose hosts are names of something else.
    """
    scheme, there, rest = address.strip().partition("://")
    if not there or scheme.lower() not in ("http", "https"):
        return ""
    host = host_of(address)
    if len(host) > LONGEST or not _NAME.fullmatch(host):
        return ""
    named, _, port = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition(":")
    no_port = named and "]" not in port and not int(port or 0)
    return "" if no_port else host  # no page is at port 0, nor at one that is not said


def can_be_listed(text: str) -> bool:
    """Whether a page can ever match: a host with a port if it is unusual, and nothing behind it.

    `null` is what a browser sends for a page without a host.
    """
    address = text.strip() if "://" in text else f"https://{text.strip()}"
    behind = re.search(r"(?<=[^:/])/.|[?#\\]", address)
    return not behind and page_host(address) not in ("", "null")


def admits(agent: Agent, origin: str | None) -> bool:
    """Whether a page at this origin may talk to the agent; None: no browser said where it is.

    An agent without a list is everybody's (contract websocket.md §1.2).
    """
    hosts = {row.hostname for row in agent.allowed_hosts.all()}
    if not hosts:
        return True
    if not origin:
        return not agent.limits.needs_origin
    return page_host(origin) in hosts
