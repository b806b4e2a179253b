"""What conversations can be found by, as rows with an index: verdicts, values, variables."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.agents.documents import as_text
from dashboard.engine.variables import SECRET_PREFIX

from .models import Conversation, Fact, FactKind
from .turns import storable

LONGEST_NAME, LONGEST_TEXT = 100, 200  # what an index can hold; longer ones are cut
MOST_VARIABLES = 100
JUDGED = (FactKind.VERDICT, FactKind.COLLECTED)
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Found:
    kind: FactKind
    name: str
    text: str | None
    number: float | None = None


def in_analysis(
    verdicts: Iterable[Mapping[str, Any]], collected: Iterable[Mapping[str, Any]]
) -> list[Found]:
    """From the lists that an Analysis holds."""
    judged = [_found(FactKind.VERDICT, v["id"], v["outcome"]) for v in verdicts]
    return judged + [_found(FactKind.COLLECTED, c["id"], c.get("value")) for c in collected]


def in_initiation(initiation: Any) -> list[Found]:
    """The dynamic variables of whatever a client sent first."""
    sent = initiation.get("dynamic_variables") if isinstance(initiation, Mapping) else None
    given = sent.items() if isinstance(sent, Mapping) else ()
    shown = [(name, value) for name, value in given if not name.startswith(SECRET_PREFIX)]
    return [_found(FactKind.VARIABLE, name, value) for name, value in shown[:MOST_VARIABLES]]


def keep(conversation: Conversation, found: Sequence[Found]) -> None:
    """Call it inside the transaction that makes them true."""
    Fact.objects.bulk_create(
        Fact(
            workspace_id=conversation.workspace_id,
            conversation=conversation,
            kind=fact.kind,
            name=fact.name,
            text=fact.text,
            number=fact.number,
        )
        for fact in found
    )


def forget_judged(conversation: Conversation) -> None:
    Fact.objects.filter(conversation=conversation, kind__in=JUDGED).delete()


def as_number(text: str) -> float | None:
    """The number that a text reads as, None when it reads as none."""
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def _found(kind: FactKind, name: str, value: Any) -> Found:
    text = None if value is None else value if isinstance(value, str) else as_text(value)
    kept = None if text is None else storable(text)[:LONGEST_TEXT]
    return Found(
        kind, storable(name)[:LONGEST_NAME], kept, None if kept is None else as_number(kept)
    )
