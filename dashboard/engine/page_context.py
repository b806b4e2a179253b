"""What the page has told about itself: the latest of each, and no more than a prompt can bear."""

from __future__ import annotations

from collections.abc import Sequence

from .turns import PageContext, Turn

MOST = 20_000  # characters of all that the page tells
MOST_TELLINGS = 50
LONGEST = 8_000  # of one telling; a longer one loses its end
_CUT = " …"


def superseded(turns: Sequence[Turn]) -> set[int]:
    """Places of tellings that a later one with the same `context_id` replaces."""
    latest = {
        turn.context.context_id: place
        for place, turn in enumerate(turns)
        if turn.context and turn.context.context_id
    }
    return {
        place
        for place, turn in enumerate(turns)
        if turn.context and latest.get(turn.context.context_id, place) != place
    }


def latest(turns: Sequence[Turn]) -> tuple[str, ...]:
    """What still holds, oldest first. Where it is too much, the oldest is left out."""
    replaced = superseded(turns)
    told = [t.context for place, t in enumerate(turns) if t.context and place not in replaced]
    kept: list[str] = []
    room = MOST
    for context in reversed(told):
        text = _text(context)
        if len(text) > room or len(kept) == MOST_TELLINGS:
            break
        room -= len(text)
        if text:
            kept.append(text)
    return tuple(reversed(kept))


def _text(context: PageContext) -> str:
    text = context.text.strip()
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT
