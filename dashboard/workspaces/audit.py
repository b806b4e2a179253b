"""Who changed what, through which door; what is secret is masked before it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from django.db.models import Max

from .changes import changes
from .models import ApiKey, AuditEntry, Door, User, Workspace
from .retelling import readable, retold, storable

MOST_CHANGES = 200
_AT_ONCE = 1_000  # rows a statement deletes, so that others get their turn


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
            "path": readable(change.path),
            "before": retold(change.path, change.before),
            "after": retold(change.path, change.after),
        }
        for change in islice(changes(before, after), MOST_CHANGES)
    ]
    if before is not None and after is not None and not found:
        return None
    who = actor(by)
    return AuditEntry.objects.create(
        workspace=workspace,
        user=who.user,
        key=who.key,
        who=storable(str(who), 160),
        door=who.door,
        action=action,
        thing_id=str(thing.pk)[:64],
        thing_name=storable(str(getattr(thing, "name", "") or ""), 300),
        changes=found,
        request_id=who.request_id,
    )


def forget_before(moment: datetime) -> int:
    """Take away the entries that are older; how many there were."""
    gone = 0
    for workspace in Workspace.objects.order_by():
        old = workspace.audit.filter(at__lt=moment)
        while some := list(old.order_by("at", "id").values_list("pk", flat=True)[:_AT_ONCE]):
            gone += workspace.audit.filter(pk__in=some).delete()[0]
    return gone


def authors(workspace: Workspace, most: int = 100) -> list[tuple[str, str]]:
    """Everybody who stands in the log, as (id of the user or key, name then), latest first."""
    seen = workspace.audit.order_by().values_list("key_id", "user_id", "who")
    latest = seen.annotate(latest=Max("at")).order_by("-latest")[:most]
    named: dict[str, str] = {}
    for key_id, user_id, who, _ in latest:
        if key_id or user_id:
            named.setdefault(key_id or user_id, who)
    return list(named.items())
