"""Which conversations are wanted: by their own columns, by facts, by tools, by what was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboard.workspaces.models import Workspace

from .facts import LONGEST_NAME, LONGEST_TEXT, as_number
from .models import ConversationQuerySet, Fact, FactKind, ToolRun
from .searching import having_said, words_of

# Up to so many matches are looked up one by one. More of them are so common that the list meets
# enough of them on its way.
FEW = 2_000


class Compare(StrEnum):
    EQUAL = "eq"
    OTHER = "neq"
    ABOVE = "gt"
    FROM = "gte"
    BELOW = "lt"
    UP_TO = "lte"
    ONE_OF = "in"
    MISSING = "missing"
    EXISTS = "exists"


NUMERIC = {
    Compare.ABOVE: "number__gt",
    Compare.FROM: "number__gte",
    Compare.BELOW: "number__lt",
    Compare.UP_TO: "number__lte",
}


@dataclass(frozen=True)
class Condition:
    """What a fact must be. An empty value asks whether there is one at all, as clients do."""

    kind: FactKind
    name: str
    compare: Compare
    value: str = ""

    @property
    def asked(self) -> Compare:
        if self.value or self.compare not in (Compare.EQUAL, Compare.OTHER):
            return self.compare
        return Compare.MISSING if self.compare is Compare.EQUAL else Compare.EXISTS

    def facts(self) -> QuerySet[Fact]:
        """Those that fulfil it; for `MISSING` those that contradict it."""
        rows = Fact.objects.filter(kind=self.kind, name=self.name[:LONGEST_NAME])
        text = self.value[:LONGEST_TEXT]
        match self.asked:
            case Compare.MISSING | Compare.EXISTS:
                return rows.filter(text__isnull=False)
            case Compare.EQUAL:
                return rows.filter(text=text)
            case Compare.OTHER:
                return rows.filter(text__isnull=False).exclude(text=text)
            case Compare.ONE_OF:
                values = self.value.split("|")
                return rows.filter(text__in=[value[:LONGEST_TEXT] for value in values])
            case _:
                return rows.filter(**{NUMERIC[self.compare]: as_number(self.value)})


@dataclass(frozen=True)
class ToolsUsed:
    """Any of these was called, by name or by id. `erred`: None, when it does not matter how.

    Without names: any tool at all.
    """

    names: Sequence[str]
    by_id: bool = False
    erred: bool | None = None

    def runs(self, *, with_invalid: bool) -> QuerySet[ToolRun]:
        column = "tool_id__in" if self.by_id else "tool_name__in"
        named = {column: list(self.names)} if self.names else {}
        rows = ToolRun.objects.filter(**named)
        if self.erred is not None:
            rows = rows.filter(is_error=self.erred)
        return rows if with_invalid else rows.filter(has_run=True)


@dataclass(frozen=True)
class Wanted:
    """`rows`: of the conversation's own columns. `nothing`: what nobody here could have."""

    rows: Q = field(default_factory=Q)
    facts: Sequence[Condition] = ()
    tools: Sequence[ToolsUsed] = ()
    said: str = ""
    with_invalid_calls: bool = False
    nothing: bool = False


def matching(workspace: Workspace, wanted: Wanted) -> ConversationQuerySet:
    rows = workspace.conversations.filter(wanted.rows)
    if wanted.nothing or (wanted.said and not words_of(wanted.said)):
        return rows.none()
    return _narrowed(rows, workspace, wanted)


def _narrowed(
    rows: ConversationQuerySet, workspace: Workspace, wanted: Wanted
) -> ConversationQuerySet:
    """By rows of other tables. Ids are put together here: a database that is asked for a hundred
    long lists of them weighs every combination."""
    within: set[str] | None = None
    without: set[str] = set()
    for rows_of_others, is_missing in _conditions(wanted):
        few = _few(rows_of_others, workspace)
        if few is None:
            there = Q(Exists(rows_of_others.filter(conversation=OuterRef("pk"))))
            rows = rows.filter(~there if is_missing else there)
        elif is_missing:
            without |= few
        else:
            within = few if within is None else within & few
    if within is not None:
        rows = rows.filter(pk__in=within - without)
    elif without:
        rows = rows.exclude(pk__in=without)
    return rows.filter(having_said(wanted.said)) if wanted.said else rows


def _conditions(wanted: Wanted) -> Iterator[tuple[QuerySet[Any], bool]]:
    """Rows of which a conversation has to have one, or (True) none; each condition once."""
    for condition in dict.fromkeys(wanted.facts):
        yield condition.facts().order_by(), condition.asked is Compare.MISSING
    for used in wanted.tools:
        yield used.runs(with_invalid=wanted.with_invalid_calls).order_by(), False


def _few(found: QuerySet[Any], workspace: Workspace) -> set[str] | None:
    """Whose rows they are, None when there are very many.

    Then the conversation alone leads to its rows: told the workspace as well, SQLite would look
    through all of the workspace's rows for each conversation.
    """
    here = found.filter(workspace=workspace)
    ids = list(here.values_list("conversation_id", flat=True)[: FEW + 1])
    return set(ids) if len(ids) <= FEW else None
