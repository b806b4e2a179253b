"""Addresses that were typed and are shown again."""

from __future__ import annotations

import re

_START = re.compile(r"\s*(?:https?:/*)?", re.IGNORECASE)


def without_login(typed: str) -> str:
    """Also when it is written wrongly: a password may hold every sign, a slash too."""
    start = _START.match(typed)
    scheme = start[0] if start else ""
    login, at, host = typed[len(scheme) :].rpartition("@")
    if at and (":" in login or not re.search(r"[/?#\\]", login)):
        return scheme + host
    return typed
