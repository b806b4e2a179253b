"""What a visitor thought of a conversation; whoever knows its id may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .models import Conversation, StoredTurn
from .turns import storable

LONGEST_COMMENT = 2_000


def rate(pk: str, said: Mapping[str, Any]) -> bool:
    """Keep what was said of `thumb`, `rating` and `comment`; the rest stays. False: none there."""
    kept: dict[str, Any] = {}
    if "thumb" in said:
        kept["thumb"] = said["thumb"] or ""
    if "rating" in said:
        kept["rating"] = said["rating"]
    if "comment" in said:
        comment = storable(said["comment"] or "").strip()[:LONGEST_COMMENT]
        kept |= {"comment": comment, "has_comment": bool(comment)}
    this = Conversation.objects.filter(pk=pk)
    return this.update(**kept) == 1 if kept else this.exists()


def rate_turn(pk: str, event_id: int, thumb: str | None, at: float) -> bool:
    """A thumb for one answer of a conversation that goes on; False when there is no such answer.

    `at`: seconds since the conversation began.
    """
    answers = StoredTurn.objects.filter(conversation_id=pk, event_id=event_id)
    when = None if thumb is None else at
    return answers.update(thumb=thumb or "", thumb_at=when) == 1
