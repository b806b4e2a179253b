"""What starts a conversation (contract rest.md §14)."""

from __future__ import annotations

from . import Shape


class SignedUrl(Shape):
    signed_url: str
