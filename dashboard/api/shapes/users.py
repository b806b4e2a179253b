"""Visitors by the id that their page gave them (contract rest.md §2, §16)."""

from __future__ import annotations

from . import Shape


class UserSentiment(Shape):
    scored_conversation_count: int
    positive_count: int
    neutral_count: int
    negative_count: int
    recent_scored_conversation_count: int
    recent_positive_count: int
    recent_neutral_count: int
    recent_negative_count: int


class UserLine(Shape):
    user_id: str
    last_contact_unix_secs: int
    first_contact_unix_secs: int
    conversation_count: int
    last_contact_conversation_id: str
    last_contact_agent_id: str | None = None
    last_contact_agent_name: str | None = None
    sentiment: UserSentiment


class UsersPage(Shape):
    users: list[UserLine]
    next_cursor: str | None = None
    has_more: bool
