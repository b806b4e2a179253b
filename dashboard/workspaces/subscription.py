"""A workspace's plan as clients read it (contract rest.md §17). Nothing is sold or metered here."""

from __future__ import annotations

from typing import Any

from .models import Plan, Workspace

# Characters are what a voice service counts. Scripts that compare before they call must not stop.
NO_LIMIT = 2_147_483_647


def subscription(workspace: Workspace) -> dict[str, Any]:
    plan = Plan(workspace.plan)
    return {
        "tier": plan.value,
        "status": "free" if plan == Plan.FREE else "active",
        "character_count": 0,
        "character_limit": NO_LIMIT,
        "max_character_limit_extension": None,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": None,
        "voice_slots_used": 0,
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": 0,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": False,
        "can_use_professional_voice_cloning": False,
        "currency": None,
        "current_overage": {"amount": "0", "currency": "usd"},
        "billing_period": None,
        "character_refresh_period": None,
        # Beyond the wire: what a plan does decide here.
        "chat_concurrency_limit": workspace.chat_limit,
    }


def subscription_with_invoices(workspace: Workspace) -> dict[str, Any]:
    return subscription(workspace) | {
        "next_invoice": None,
        "open_invoices": [],
        "has_open_invoices": False,
        "pending_change": None,
    }
