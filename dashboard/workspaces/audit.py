"""Who changed what, through which door; what is secret is masked before it is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .changes import Absent, changes
from .models import ApiKey, AuditEntry, Door, User, Workspace

MASK = "••••"
MOST_CHANGES = 200
LONGEST = 2_000  # characters of one value
_SECRET = re.compile(
    r"pass(word|phrase)|secret(?!_ids?$)|token(?!s)|api[_-]?key|authorization|cookie|credential",
    re.IGNORECASE,
)
_POINTERS = ({"secret_id"}, {"variable_name"}, {"env_var_label"})
_HEADERS = re.compile(r"(^|_)headers?$", re.IGNORECASE)


class Named(Protocol):
    """Anything with an id and a name that can be shown."""

    @property
    def pk(self) -> Any: ...


@dataclass(frozen=True)
class Actor:
    """Somebody who changes something. `key` without a user: its maker has left."""

    user: User | None = None
    key: ApiKey | None = None
    door: Door = Door.COMMAND
    request_id: str = ""

    def __str__(self) -> str:
        if self.key is not None:
            return f"key {self.key.name}"
        return str(self.user) if self.user else "Parley"


By = Actor | User | None  # a bare user works at the command line


def actor(by: By) -> Actor:
    return by if isinstance(by, Actor) else Actor(by)


def record(
    workspace: Workspace,
    by: By,
    action: str,
    thing: Named,
    *,
    before: Any = None,
    after: Any = None,
) -> AuditEntry | None:
    """Write down a change; nothing when `before` and `after` are the same document.

    action: noun and past participle, such as `tool.created`, `agent.changed`, `secret.deleted`.
    Call it inside the transaction that makes the change.
    """
    found = [
        {
            "path": ".".join(c.path),
            "before": _told(c.path, c.before),
            "after": _told(c.path, c.after),
        }
        for c in changes(before, after)
    ]
    if before is not None and after is not None and not found:
        return None
    who = actor(by)
    return AuditEntry.objects.create(
        workspace=workspace,
        user=who.user,
        key=who.key,
        who=str(who)[:160],
        door=who.door,
        action=action,
        thing_id=str(thing.pk)[:64],
        thing_name=str(getattr(thing, "name", "") or "")[:300],
        changes=found[:MOST_CHANGES],
        request_id=who.request_id,
    )


def _told(path: tuple[str, ...], value: Any) -> Any:
    """The value as the log may have it; null where there is nothing."""
    if isinstance(value, Absent):
        return None
    return _masked(value, _hides(path))


def _hides(path: tuple[str, ...]) -> bool:
    """Whether what stands here is secret: by its own name, or as the value of a header."""
    return bool(path) and (
        bool(_SECRET.search(path[-1])) or any(_HEADERS.search(part) for part in path[:-1])
    )


def _masked(value: Any, hidden: bool) -> Any:
    match value:
        case Mapping() if set(value) in _POINTERS:
            return dict(value)  # names a secret; is none
        case Mapping():
            return {
                str(name): _masked(
                    inner, hidden or bool(_SECRET.search(name) or _HEADERS.search(name))
                )
                for name, inner in value.items()
            }
        case list():
            return [_masked(inner, hidden) for inner in value]
        case str() if hidden and value:
            return MASK
        case str() if len(value) > LONGEST:
            return value[:LONGEST] + "…"
    return value
