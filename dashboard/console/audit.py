"""Settings, Audit log: who changed what, when, and through which door."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard.workspaces.audit import authors
from dashboard.workspaces.ids import is_id
from dashboard.workspaces.models import AuditEntry

from .members import MemberRequest, member_required
from .pages import page
from .paging import Place, rows_after

KINDS = {
    "agent": "Agents",
    "tool": "Tools",
    "document": "Knowledge",
    "secret": "Secrets",
    "webhook": "Webhooks",
    "model": "Models",
    "key": "API keys",
    "conversation": "Conversations",
    "settings": "Settings",
}


@dataclass(frozen=True)
class Filter:
    """What the address asks for; what makes no sense asks for nothing."""

    who: str = ""
    kind: str = ""
    thing: str = ""
    day: str = ""

    @classmethod
    def of(cls, request: MemberRequest) -> Self:
        asked = {name: request.GET.get(name, "").strip() for name in ("who", "kind", "thing")}
        kept = {name: text for name, text in asked.items() if is_id(text)}
        return cls(**kept, day=_day(request.GET.get("day", "")))

    def query(self, **more: str) -> str:
        asked = {**vars(self), **more}
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def apply(self, found: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if self.who:
            found = found.filter(Q(key_id=self.who) | Q(key=None, user_id=self.who))
        if self.kind:
            found = found.filter(action__startswith=f"{self.kind}.")
        if self.thing:
            found = found.filter(thing_id=self.thing)
        if self.day:
            first = timezone.make_aware(datetime.combine(date.fromisoformat(self.day), time.min))
            found = found.filter(at__gte=first, at__lt=first + timedelta(days=1))
        return found

    def chips(self, names: dict[str, str]) -> list[tuple[str, str, str]]:
        """What is filtered, as (field, value, query without it)."""
        shown = {
            "who": ("Who", names.get(self.who, self.who)),
            "kind": ("What", KINDS.get(self.kind, self.kind)),
            "thing": ("Id", self.thing),
            "day": ("Day", self.day),
        }
        return [
            (word, value, replace(self, **{field: ""}).query())
            for field, (word, value) in shown.items()
            if value
        ]


@dataclass(frozen=True)
class Line:
    """One entry as it is shown."""

    entry: AuditEntry
    what: str
    changes: list[tuple[str, str, str]]  # path, before, after


@require_GET
@member_required
def audit_log(request: MemberRequest) -> HttpResponse:
    if not request.member.may_see_audit:
        closed = {"owner": request.workspace.owner}
        return render(request, "console/settings/audit_closed.html", closed, status=403)
    asked = Filter.of(request)
    after = _place(request.GET.get("after", ""))
    found = asked.apply(request.workspace.audit.order_by("-at", "-pk"))
    shown = rows_after(found, "at", after)
    names = dict(authors(request.workspace))
    context = {
        "section": "settings",
        "part": "audit",
        "lines": [Line(row, _what(row), list(_changes(row))) for row in shown.rows],
        "asked": asked,
        "chips": asked.chips(names),
        "paged": after is not None,
        "newest": asked.query(),
        "older": asked.query(after=str(shown.after)) if shown.after else "",
        "people": [(name, replace(asked, who=pk).query()) for pk, name in names.items()],
        "kinds": [(word, replace(asked, kind=kind).query()) for kind, word in KINDS.items()],
        "days_kept": settings.AUDIT_DAYS,
    }
    return page(request, "console/settings/audit.html", context)


def _place(text: str) -> Place | None:
    """These rows are numbered; other ids would be no place among them."""
    place = Place.read(text)
    return place if place and re.fullmatch("[0-9]{1,18}", place.pk) else None


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    # The first and the last year have days without a beginning or an end in UTC.
    return day.isoformat() if 1 < day.year < 9999 else ""


def _what(entry: AuditEntry) -> str:
    """`agent.changed` as words."""
    return entry.action.replace(".", " ").replace("_", " ").capitalize()


def _changes(entry: AuditEntry) -> Iterator[tuple[str, str, str]]:
    """What was made or taken away whole is shown field by field."""
    for change in entry.changes if isinstance(entry.changes, list) else ():
        path, before, after = (change.get(name) for name in ("path", "before", "after"))
        whole = before if after is None else after if before is None else None
        if path or not isinstance(whole, dict):
            yield path or "", _text(before), _text(after)
            continue
        for name, value in whole.items():
            if told := _text(value):
                yield name, told if after is None else "", told if before is None else ""


def _text(value: Any) -> str:
    """Nothing for nothing; texts as they are, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
