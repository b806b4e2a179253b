"""Who a key speaks for, as clients read it (contract rest.md §17)."""

from __future__ import annotations

from typing import Any

from .models import ApiKey, Member, Role
from .subscription import subscription

_SEATS = {
    Role.OWNER: "workspace_admin",
    Role.ADMIN: "workspace_admin",
    Role.EDITOR: "workspace_member",
    Role.VIEWER: "workspace_lite_member",
}


def account(key: ApiKey) -> dict[str, Any]:
    """The member who made the key; when they have left, the key speaks for itself."""
    member = _maker(key)
    who = member.user if member else None
    made = who.joined_at if who else key.created_at
    return {
        "user_id": who.pk if who else key.pk,
        "workspace_id": key.workspace_id,
        "subscription": subscription(key.workspace),
        "is_new_user": False,
        "can_use_delayed_payment_methods": False,
        "is_onboarding_completed": True,
        "is_onboarding_checklist_completed": True,
        "show_compliance_terms": False,
        "first_name": _first_name(who.name) if who else None,
        "xi_api_key_preview": f"••••{key.last_four}",
        "is_api_key_hashed": True,
        "created_at": int(made.timestamp()),
        "seat_type": _SEATS[Role(member.role)] if member else "workspace_member",
    }


def _maker(key: ApiKey) -> Member | None:
    members = key.workspace.members.select_related("user")
    return members.filter(user=key.made_by_id).first() if key.made_by_id else None


def _first_name(name: str) -> str | None:
    return name.split()[0] if name.split() else None
