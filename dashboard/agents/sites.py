"""The pages that may talk to an agent, one by one, and the link that opens it to whoever has it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed

from .allowlist import can_be_listed, host_of, page_host
from .documents.answers import settings_in_force
from .holding import held
from .models import Agent, AgentVersion
from .revising import revise

MOST = 10  # contract rest.md §6

JSON = dict[str, Any]


class NotAllowed(Exception):
    """A site that cannot stand in the list; the text says why, and what to write."""


def allow(agent: Agent, typed: str, by: By) -> str:
    """Let a page's host in, as it is compared: with its port when that is unusual.

    Typed may be a whole address. Raises NotAllowed, and what `revise` raises.
    """
    host = readable_host(typed)

    def more(hosts: list[JSON]) -> list[JSON]:
        if any(host_of(item["hostname"]) == host for item in hosts):
            raise NotAllowed(f"{host} is in the list already.")
        if len(hosts) >= MOST:
            raise NotAllowed(f"There can be {MOST} sites at most. Remove one first.")
        return [*hosts, {"hostname": host}]

    _change(agent, more, by, f"Allowed {host}")
    return host


def disallow(agent: Agent, host: str, by: By) -> AgentVersion:
    """Take a host out of the list; nothing happens when it is not there."""

    def fewer(hosts: list[JSON]) -> list[JSON]:
        return [item for item in hosts if host_of(item["hostname"]) != host]

    return _change(agent, fewer, by, "Removed a site")


def readable_host(typed: str) -> str:
    """The host in what somebody typed. Raises NotAllowed."""
    typed = typed.strip()
    if not typed:
        raise NotAllowed("Write a host, for example shop.example.")
    if "*" in typed:
        raise NotAllowed("A star stands for nothing here: add each host by itself.")
    host = page_host(typed if "://" in typed else f"https://{typed}")
    if not can_be_listed(host):
        raise NotAllowed("Write a host such as shop.example, or localhost:3000 with its port.")
    return host


@in_one_deed
def share(agent: Agent, by: By) -> str:
    """A new link's token; the one before opens nothing any more."""
    token = secrets.token_urlsafe(24)
    note = {"platform_settings": {"auth": {"shareable_token": token}}}
    revise(held(agent), note, by, "Made a new link to share")
    return token


@in_one_deed
def unshare(agent: Agent, by: By) -> None:
    """Whoever has the link is turned away from now on."""
    gone = {"platform_settings": {"auth": {"shareable_token": None}}}
    revise(held(agent), gone, by, "Revoked the link to share")


@in_one_deed
def _change(
    agent: Agent, change: Callable[[list[JSON]], list[JSON]], by: By, note: str
) -> AgentVersion:
    # Under the lock: two people who each add a site end with both.
    today = held(agent)
    hosts = change(settings_in_force(today.told, today)["auth"]["allowlist"])
    return revise(today, {"platform_settings": {"auth": {"allowlist": hosts}}}, by, note)
