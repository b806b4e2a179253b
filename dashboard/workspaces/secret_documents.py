"""A secret as clients read it (contract rest.md §10): its name and who uses it, never its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .models import Secret

JSON = dict[str, Any]


@dataclass(frozen=True)
class Uses:
    """What names a secret: the first few of each kind, and whether there are more."""

    tools: tuple[JSON, ...] = ()
    agents: tuple[JSON, ...] = ()
    others: tuple[str, ...] = ()
    more_tools: bool = False
    more_agents: bool = False

    def __bool__(self) -> bool:
        return bool(self.tools or self.agents or self.others)


def stored(secret: Secret) -> JSON:
    return {"type": "stored", "secret_id": secret.pk, "name": secret.name}


def secret_document(secret: Secret, uses: Uses) -> JSON:
    used_by = {
        "tools": list(uses.tools),
        "agents": list(uses.agents),
        "others": list(uses.others),
        "phone_numbers": [],
        "mcp_servers": [],
        "tools_has_more": uses.more_tools,
        "agents_has_more": uses.more_agents,
        "phone_numbers_has_more": False,
    }
    return stored(secret) | {"used_by": used_by}
