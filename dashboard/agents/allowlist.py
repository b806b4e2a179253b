"""Which pages may talk to an agent: the Origin a browser sends, against the agent's own list."""

from __future__ import annotations

from urllib.parse import urlsplit

import idna

from .models import Agent

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


def admits(agent: Agent, origin: str | None) -> bool:
    """Whether a page at this origin may talk to the agent; None: no browser said where it is.

    An agent without a list is everybody's (contract websocket.md §1.2).
    """
    hosts = {row.hostname for row in agent.allowed_hosts.all()}
    if not hosts:
        return True
    if not origin:
        return not agent.limits.needs_origin
    return host_of(origin) in hosts
