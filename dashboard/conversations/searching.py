"""Full-text search over what was said: FTS5 on SQLite, a GIN index on PostgreSQL.

The databases find the messages; how well each one fits is told here, the same on both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Substr

from .models import ConversationQuerySet, StoredTurn

MOST_WORDS, LONGEST_WORD = 12, 60
NEWEST = 1_000  # the best are picked out of so many newest messages that match
READ = 4_000  # characters of a message that are weighed
CHUNK = 600  # characters of a message that are shown
_WORD = re.compile(r"[^\W_]+")
# A part of the matches at a time, the newest first. PostgreSQL would rather walk backwards through
# all turns for that, and look at each of them: it has to find the matches before it sorts them.
_NEWEST = {
    "sqlite": "SELECT rowid FROM conversations_words "
    "WHERE conversations_words MATCH %s AND rowid <= %s ORDER BY rowid DESC LIMIT %s",
    "postgresql": "WITH found AS MATERIALIZED (SELECT id FROM conversations_storedturn "
    "WHERE message IS NOT NULL AND conversations_words(message) @@ to_tsquery('simple', %s)) "
    "SELECT id FROM found WHERE id <= %s ORDER BY id DESC LIMIT %s",
}
_TALKS = {
    "sqlite": "SELECT turn.conversation_id FROM conversations_words "
    "CROSS JOIN conversations_storedturn turn ON turn.id = conversations_words.rowid "
    "WHERE conversations_words MATCH %s",
    "postgresql": "SELECT conversation_id FROM conversations_storedturn WHERE message IS NOT NULL "
    "AND conversations_words(message) @@ to_tsquery('simple', %s)",
}
BIGGEST = 2**63 - 1


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
    return Q(pk__in=RawSQL(_TALKS[connection.vendor], [_asked(text)]))  # noqa: S611  # ours


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
    """Id and beginning of matching messages; many are looked at when few are of these talks."""
    found: list[tuple[int, str]] = []
    wanted = Exists(talks.order_by().filter(pk=OuterRef("conversation_id")))
    rows = StoredTurn.objects.order_by("-pk").annotate(start=Substr("message", 1, READ))
    at_once = 2 * NEWEST
    while len(found) < most:
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST[connection.vendor], [_asked(text), newest, at_once])
            ids = [pk for (pk,) in cursor.fetchall()]
        if ids:
            found += rows.filter(wanted, pk__in=ids).values_list("pk", "start")
            newest = ids[-1] - 1
        if len(ids) < at_once:
            break
        at_once = min(4 * at_once, 20_000)
    return found[:most]


def _asked(text: str) -> str:
    """In the words of the database."""
    if connection.vendor != "postgresql":
        return " ".join(f'"{word}"*' for word in words_of(text))
    # Accents count there: its plainest dictionary keeps them.
    words = [word.lower()[:LONGEST_WORD] for word in _WORD.findall(text)[:MOST_WORDS]]
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
    return "".join(part for part in parts if not unicodedata.combining(part))


def _hits(weighed: Sequence[tuple[float, int]]) -> list[Hit]:
    before = StoredTurn.objects.filter(
        conversation=OuterRef("conversation"), number__lt=OuterRef("number")
    )
    counted = before.order_by().values("conversation").annotate(n=Count("pk")).values("n")
    rows = StoredTurn.objects.filter(pk__in=[pk for _, pk in weighed])
    rows = rows.select_related("conversation__agent").defer("conversation__initiation")
    found = {row.pk: row for row in rows.annotate(index=Coalesce(Subquery(counted), 0))}
    return [Hit(found[pk], score, found[pk].index) for score, pk in weighed if pk in found]
