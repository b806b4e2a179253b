"""What visitors think of a conversation; public, from any page (contract rest.md §13)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.decorators import decorate_view
from pydantic import BaseModel, ConfigDict, Field

from dashboard.conversations.feedback import LONGEST_COMMENT, rate
from dashboard.workspaces import ids

from .errors import nothing
from .shapes import Done
from .telling import tells
from .widgets import never_stale

router = Router(tags=["Conversations"])


class Feedback(BaseModel):
    """What is not sent stays as it was; null takes it back."""

    model_config = ConfigDict(extra="allow")

    feedback: Literal["like", "dislike"] | None = None
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] | None = None


@router.post("/{conversation_id}/feedback", auth=None, **tells(Done))
@decorate_view(never_stale)
def give_feedback(request: HttpRequest, conversation_id: str, said: Feedback) -> dict[str, Any]:
    """A thumb, or one to five stars with a comment: known by the conversation's id alone."""
    names = {"feedback": "thumb", "rating": "rating", "comment": "comment"}
    kept = {column: getattr(said, n) for n, column in names.items() if n in said.model_fields_set}
    if not ids.is_id(conversation_id) or not rate(conversation_id, kept):
        raise nothing("conversation")
    return {}
