"""Full-text search over what was said: FTS5 on SQLite, a GIN index on PostgreSQL.

The databases find the messages; how well each one fits is told here, the same on both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Substr
from django.db.models.lookups import IsNull

from .models import ConversationQuerySet, StoredTurn

MOST_WORDS, LONGEST_WORD = 12, 60
NEWEST = 1_000  # the best are picked out of so many newest messages that match
READ = 4_000  # characters of a message that are weighed
CHUNK = 600  # characters of a message that are shown
# Up to so many matches are looked up one by one; of more, a list of conversations meets enough on
# its way once they are common, and until then their conversations are gathered beforehand.
# (On PostgreSQL that list reads the messages themselves, which is slower where it meets none.)
FEW, COMMON = 2_000, {"sqlite": 20_000, "postgresql": 50_000}
_WORD = re.compile(r"[^\W_]+")
_FOUND = {
    "sqlite": "SELECT rowid FROM conversations_words WHERE conversations_words MATCH %s",
    "postgresql": "SELECT id FROM conversations_storedturn WHERE message IS NOT NULL "
    "AND conversations_words(message) @@ to_tsquery('simple', %s)",
}
# The newest of them. PostgreSQL would rather walk backwards through all turns for that, and look
# at each of them: it has to find the matches before it sorts them.
_NEWEST = {
    "sqlite": _FOUND["sqlite"] + " AND rowid <= %s ORDER BY rowid DESC LIMIT %s",
    "postgresql": "WITH found AS MATERIALIZED (" + _FOUND["postgresql"] + ") "  # noqa: S608  # ours
    "SELECT id FROM found WHERE id <= %s ORDER BY id DESC LIMIT %s",
}
_COUNTED = {
    vendor: "SELECT COUNT(*) FROM (" + found + " LIMIT %s) found"  # noqa: S608  # ours
    for vendor, found in _FOUND.items()
}
_TALKS = {
    "sqlite": "SELECT turn.conversation_id FROM conversations_words "
    "CROSS JOIN conversations_storedturn turn ON turn.id = conversations_words.rowid "
    "WHERE conversations_words MATCH %s",
    "postgresql": _FOUND["postgresql"].replace("SELECT id", "SELECT conversation_id"),
}
BIGGEST = 2**63 - 1
Turns = QuerySet[Any, Any]


@dataclass(frozen=True)
class Hit:
    """A message that matches. `index`: its place in the transcript."""

    turn: StoredTurn
    score: float
    index: int = 0


@dataclass(frozen=True)
class Place:
    """Where a page starts: after this hit, among what was there when the search began."""

    score: float
    turn_id: int
    newest: int


@dataclass(frozen=True)
class Hits:
    hits: list[Hit]
    after: Place | None  # None on the last page


def words_of(text: str) -> list[str]:
    """Letters and digits alone: nothing that a search language could take for its own."""
    return [plain(word)[:LONGEST_WORD] for word in _WORD.findall(text)[:MOST_WORDS]]


def having_said(text: str) -> Q:
    """Of conversations: a message has words that begin with each of these (there is one)."""
    asked, talks = _asked(text), _TALKS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(f"{talks} LIMIT %s", [asked, FEW + 1])
        found = cursor.fetchall()
        if len(found) <= FEW:
            return Q(pk__in={pk for (pk,) in found})
        cursor.execute(_COUNTED[connection.vendor], [asked, COMMON[connection.vendor] + 1])
        [counted] = cursor.fetchone()
    if counted <= COMMON[connection.vendor]:
        return Q(pk__in=RawSQL(talks, [asked]))  # noqa: S611  # ours
    turns = _saying(StoredTurn.objects.order_by().filter(conversation=OuterRef("pk")), text)
    # Of an EXISTS, PostgreSQL would make a join that sorts all of them.
    return Q(IsNull(Subquery(turns.values("pk")[:1]), False))


def search(
    talks: ConversationQuerySet, text: str, *, best_first: bool, after: Place | None, most: int
) -> Hits:
    """A page of the messages in these conversations; none for a text without words."""
    words = words_of(text)
    if not words:
        return Hits([], None)
    newest = BIGGEST if after is None else after.newest if best_first else after.turn_id - 1
    some = _newest_in(talks, text, newest, NEWEST if best_first else most + 1)
    weighed = [(relevance(start, words), pk) for pk, start in some]
    newest = after.newest if after else max((pk for _, pk in weighed), default=0)
    if best_first:
        weighed.sort(reverse=True)
        if after:
            weighed = [pair for pair in weighed if pair < (after.score, after.turn_id)]
    shown = weighed[:most]
    more = len(weighed) > most
    return Hits(_hits(shown), Place(*shown[-1], newest) if more else None)


def _newest_in(
    talks: ConversationQuerySet, text: str, newest: int, most: int
) -> list[tuple[int, str]]:
    """Id and beginning of the newest messages of these talks that match."""
    talks = talks.order_by()
    rows = StoredTurn.objects.order_by("-pk").annotate(start=Substr("message", 1, READ))
    few = list(talks.values_list("pk", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        here = _saying(rows.filter(conversation__in=few, pk__lte=newest), text)
        return list(here.values_list("pk", "start")[:most])
    told = rows.values_list("pk", "start")
    window = _newest(text, newest, 2 * NEWEST)
    wanted = Exists(talks.filter(pk=OuterRef("conversation_id")))
    found = list(told.filter(wanted, pk__in=window)[:most])
    if len(found) < most and len(window) == 2 * NEWEST:
        # These talks are seldom among the matches: put one list beside the other, once.
        matches = RawSQL(_NEWEST[connection.vendor], [_asked(text), window[-1] - 1, BIGGEST])  # noqa: S611  # ours
        rest = told.filter(pk__in=matches, conversation__in=talks.values("pk"))
        found += rest[: most - len(found)]
    return found


def _newest(text: str, newest: int, most: int) -> list[int]:
    """Ids of matching messages."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST[connection.vendor], [_asked(text), newest, most])
        return [pk for (pk,) in cursor.fetchall()]


def _saying(turns: Turns, text: str) -> Turns:
    """Those of these turns that match, looked at one by one."""
    if connection.vendor == "postgresql":
        return turns.filter(_Says(F("message"), Value(_asked(text))), message__isnull=False)
    # In a list of all that match. CASE keeps SQLite from starting with that list.
    matches = RawSQL(_FOUND["sqlite"], [_asked(text)])  # noqa: S611  # ours
    said: Turns = turns.annotate(says=Case(When(pk__in=matches, then=Value(1))))
    return said.filter(says=1)


class _Says(Func):
    template = "conversations_words(%(expressions)s)"
    arg_joiner = ") @@ to_tsquery('simple', "
    output_field = BooleanField()


def _asked(text: str) -> str:
    """In the words of the database."""
    if connection.vendor != "postgresql":
        return " ".join(f'"{word}"*' for word in words_of(text))
    # Accents count there: its plainest dictionary keeps them, and vowel signs stay in their word.
    kept = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    words = [word.lower()[:LONGEST_WORD] for word in kept.split()[:MOST_WORDS]]
    return " & ".join(f"'{word}':*" for word in words)


def relevance(message: str, words: Sequence[str]) -> float:
    """Above 0: more for whole words, for words that come often, and for short messages (BM25)."""
    said = [plain(word) for word in _WORD.findall(message)]
    damp = 1.2 * (0.25 + 0.75 * len(said) / 20)
    score = 0.0
    for word in words:
        often = sum(1.0 if one == word else 0.5 for one in said if one.startswith(word))
        score += often * 2.2 / (often + damp)
    return round(score, 4)


def highlights(message: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The part of a message around its first hit, in pieces: (text, is it a hit?)."""
    found = [m for m in _WORD.finditer(message) if plain(m.group()).startswith(tuple(words))]
    start = max(0, found[0].start() - CHUNK // 3) if found else 0
    end = start + CHUNK
    pieces: list[tuple[str, bool]] = []
    at = start
    for hit in found:
        if hit.end() > end:
            break
        pieces += [(message[at : hit.start()], False), (hit.group(), True)]
        at = hit.end()
    pieces.append((message[at:end], False))
    return [piece for piece in pieces if piece[0]]


def plain(word: str) -> str:
    """In lower case and without accents."""
    parts = unicodedata.normalize("NFD", word.lower())
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return unicodedata.normalize("NFC", bare)  # where letters are put together, as in Korean


def _hits(weighed: Sequence[tuple[float, int]]) -> list[Hit]:
    before = StoredTurn.objects.filter(
        conversation=OuterRef("conversation"), number__lt=OuterRef("number")
    )
    counted = before.order_by().values("conversation").annotate(n=Count("pk")).values("n")
    rows = StoredTurn.objects.filter(pk__in=[pk for _, pk in weighed])
    rows = rows.select_related("conversation__agent").defer("conversation__initiation")
    found = {row.pk: row for row in rows.annotate(index=Coalesce(Subquery(counted), 0))}
    return [Hit(found[pk], score, found[pk].index) for score, pk in weighed if pk in found]
