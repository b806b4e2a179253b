"""The address that a tool calls, filled in so that no value can become anything but a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from dashboard.engine.variables import MOST_ADDED, SECRET_PREFIX, Value, shown

from .tool_fields import Misfit

_PARTS = re.compile(r"(https?://|(?=\{\{))([^/?#]*)(.*)", re.DOTALL | re.IGNORECASE)
_SLOT = re.compile(r"\{\{\s*(?P<variable>[A-Za-z0-9_.]+)\s*\}\}|\{(?P<path>[^{}/?#]+)\}")
_IN_A_HOST = re.compile(r"[A-Za-z0-9.-]+")


def slots(url: str) -> set[str]:
    """The path parameters that an address asks for."""
    return {match["path"] for match in _SLOT.finditer(url) if match["path"]}


def address(
    url: str, path: Mapping[str, Any], values: Mapping[str, Value | None], *, guarded: bool
) -> str:
    """The address with its path parameters and variables. Raises Misfit.

    What fills it comes from visitors and models: in the path and the query it is percent-encoded.
    `guarded`: a secret travels along, so no value may stand in the host, or a visitor could have
    the secret sent to a server of their own. (An ending is no help: `.co.uk` is anybody's.)
    """
    parts = _PARTS.fullmatch(url.strip())
    if parts is None:
        raise Misfit("the tool's address does not start with http:// or https://.")
    scheme, host, rest = parts.groups()
    if guarded and (not scheme or _SLOT.search(host)):
        raise Misfit("the tool sends a secret, so its address must name the host in full.")

    plain = _counting(path, values)

    def of_host(slot: re.Match[str]) -> str:
        value = plain(slot)
        if not _IN_A_HOST.fullmatch(value):
            raise Misfit("a value in the tool's host holds more than letters, digits and dashes.")
        return value

    def encoded(slot: re.Match[str]) -> str:
        value = plain(slot)
        if value and not value.strip("."):
            raise Misfit(f"{slot[0]} cannot be {value!r}.")
        return quote(value, safe="")

    if scheme:
        return scheme + _SLOT.sub(of_host, host) + _SLOT.sub(encoded, rest)
    # The address begins with a variable: that one is the base, and stands as it is.
    base, host = plain(_first(host)).rstrip("/"), _SLOT.sub("", host, count=1)
    if not re.match(r"https?://", base, re.IGNORECASE):
        raise Misfit("the tool's address does not start with http:// or https://.")
    return base + _SLOT.sub(encoded, host + rest)


def _counting(
    path: Mapping[str, Any], values: Mapping[str, Value | None]
) -> Callable[[re.Match[str]], str]:
    """Puts values in until there are too many characters: one value may stand there often."""
    added = 0

    def plain(slot: re.Match[str]) -> str:
        nonlocal added
        value = _value(slot, path, values)
        added += len(value)
        if added > MOST_ADDED:
            raise Misfit(f"values add more than {MOST_ADDED:,} characters to the tool's address.")
        return value

    return plain


def _first(host: str) -> re.Match[str]:
    slot = _SLOT.match(host)
    if slot is None:
        raise Misfit("the tool's address begins with something that is not a variable.")
    return slot


def _value(slot: re.Match[str], path: Mapping[str, Any], values: Mapping[str, Value | None]) -> str:
    if name := slot["variable"]:
        if values.get(name) is None or name.startswith(SECRET_PREFIX):
            raise Misfit(f"the variable {name} has no value.")
        return shown(values[name])
    value = shown(path.get(slot["path"]))
    if not value:
        raise Misfit(f"{slot['path']} is missing.")
    return value
