"""Who is asking? A key or a signed-in member, and the workspace that each one opens."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from .models import ApiKey, Member, User


def key_named(text: str) -> ApiKey | None:
    """The key behind an `xi-api-key` header, unless it is unknown or revoked."""
    found = ApiKey.objects.filter(digest=ApiKey.digest_of(text), revoked_at=None)
    return found.select_related("workspace", "made_by").first()


def membership_of(user: User | AnonymousUser, workspace_id: str = "") -> Member | None:
    """The user's membership in the workspace, or in the first one when none is named."""
    if not user.is_authenticated:
        return None
    found = Member.objects.filter(user=user).select_related("workspace", "user").order_by("id")
    return found.filter(workspace_id=workspace_id).first() if workspace_id else found.first()
