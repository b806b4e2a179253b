"""A conversation's `secret__…` variables, sealed, so that another server process can go on."""

from __future__ import annotations

import json

from dashboard.engine.variables import SECRET_PREFIX, Value
from dashboard.workspaces import vault

from .wishes import Wishes


def sealed(wishes: Wishes) -> str:
    """One text that only the vault can open; empty when there are none."""
    secrets = {n: v for n, v in wishes.variables.items() if n.startswith(SECRET_PREFIX)}
    return vault.seal(json.dumps(secrets)) if secrets else ""


def opened(text: str) -> dict[str, Value]:
    """The variables again; none when the key they were sealed with is gone: tools that need them
    then say that they have no value, and the conversation goes on."""
    try:
        found: dict[str, Value] = json.loads(vault.unseal(text)) if text else {}
    except vault.Unreadable:
        return {}
    return found
