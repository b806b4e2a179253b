"""The reckoning after a drill: what every page saw, against what the database holds."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .house import Rows
from .page import Said, Seen

LOST, DOUBLED, BROKEN_OFF, UNTRUE = "lost", "doubled", "broken off", "untrue end"

OPEN = (
    "SELECT count(*) FROM conversations_conversation WHERE status IN ('initiated', 'in-progress')"
)
ENDS = "SELECT id, status, ended_because FROM conversations_conversation"
TURNS = """
    SELECT conversation_id, event_id, role, message, tool_calls
    FROM conversations_storedturn ORDER BY conversation_id, number
"""
TRUE_ENDS = {
    "The visitor left.",
    "The visitor did not come back.",
    "The server was stopped.",
    "The server was restarted, and the visitor did not come back.",
    "The server stopped while the conversation was going on.",
    # When the database hung up in the middle of a write, and nobody could come back:
    "A turn could not be stored.",
}


@dataclass(frozen=True)
class Finding:
    """`kind`: what had last been done to the conversation's line."""

    what: str
    kind: str
    conversation_id: str
    words: str


@dataclass(frozen=True)
class Turn:
    event_id: int | None
    role: str
    message: str | None
    calls: tuple[str, ...]  # arguments as text


@dataclass(frozen=True)
class Kept:
    """What the database holds: turns by conversation, and the status and reason of each end."""

    turns: Mapping[str, Sequence[Turn]]
    ends: Mapping[str, tuple[str, str]]


def kept_in(rows: Rows) -> Kept:
    turns: dict[str, list[Turn]] = defaultdict(list)
    for pk, event_id, role, message, calls in rows.all(TURNS):
        listed: list[Any] = json.loads(calls) if isinstance(calls, str) else calls
        arguments = tuple(json.dumps(call["arguments"]) for call in listed)
        turns[pk].append(Turn(event_id, role, message, arguments))
    return Kept(turns, {pk: (status, why) for pk, status, why in rows.all(ENDS)})


def reckon(seen: Sequence[Seen], kept: Kept, charges: Mapping[str, int]) -> list[Finding]:
    """All that is not as it should be. `charges`: how often each tag's webhook was called."""
    found = [
        Finding(what, one.blamed, one.conversation_id, words)
        for one in seen
        for what, words in _of(one, kept.turns.get(one.conversation_id, ()), charges)
    ]
    blamed = {one.conversation_id: one.blamed for one in seen}
    for pk, (status, why) in kept.ends.items():
        if status in ("initiated", "in-progress"):
            found.append(Finding(UNTRUE, blamed.get(pk, "nothing"), pk, f"is still {status}"))
        elif why not in TRUE_ENDS:
            found.append(Finding(UNTRUE, blamed.get(pk, "nothing"), pk, f"ended with {why!r}"))
    return found


def _of(seen: Seen, turns: Sequence[Turn], charges: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    yield from ((LOST, words) for words in seen.lost)
    yield from ((DOUBLED, words) for words in seen.doubled)
    if seen.returning and seen.ending not in ("goodbye", "cut off at the goodbye"):
        yield BROKEN_OFF, seen.ending
    yield from _finals(seen, turns)
    yield from _messages(seen, turns)
    for said in seen.said:
        yield from _answers(said, turns)
        if charges.get(said.tag, 0) > 1:
            yield DOUBLED, f"{said.tag} was charged {charges[said.tag]} times"
        if seen.runs[said.tag] > 1:
            yield DOUBLED, f"{said.tag} ran {seen.runs[said.tag]} times in the page"


def _finals(seen: Seen, turns: Sequence[Turn]) -> Iterator[tuple[str, str]]:
    """What was seen as final is on record once, with its event id and its words."""
    for event_id, text in seen.finals.items():
        kept = [turn.message for turn in turns if turn.event_id == event_id]
        if text not in kept:
            yield LOST, f"event {event_id} was seen as {text[:40]!r}, kept as {kept!r}"
        if len(kept) > 1:
            yield DOUBLED, f"event {event_id} is on record {len(kept)} times"


def _messages(seen: Seen, turns: Sequence[Turn]) -> Iterator[tuple[str, str]]:
    """What the visitor said is on record once, in order; surely, when it was answered."""
    kept = [turn.message for turn in turns if turn.role == "user"]
    counted = Counter(kept)
    for said in seen.said:
        if said.tag in seen.answered and not counted[said.text]:
            yield LOST, f"{said.tag} was answered and is not on record"
        if counted[said.text] > 1:
            yield DOUBLED, f"{said.tag} is on record {counted[said.text]} times"
    in_order = [said.text for said in seen.said if counted[said.text]]
    if len(set(kept)) == len(kept) and kept != in_order:
        yield LOST, "the visitor's messages are not on record as they were said"


def _answers(said: Said, turns: Sequence[Turn]) -> Iterator[tuple[str, str]]:
    """One whole answer, and one call of its tool, however often the line broke."""
    whole = sum(turn.role == "agent" and turn.message == said.text for turn in turns)
    if whole > 1:
        yield DOUBLED, f"{said.tag} was answered {whole} times"
    calls = sum(said.tag in arguments for turn in turns for arguments in turn.calls)
    if calls > 1:
        yield DOUBLED, f"the tool of {said.tag} was called {calls} times"
