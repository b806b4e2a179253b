"""Who a key speaks for, and the plan (contract rest.md §17)."""

from __future__ import annotations

from typing import Any, Literal

from . import Shape


class Overage(Shape):
    amount: str
    currency: Literal["usd", "eur", "inr", "pln"]


class Subscription(Shape):
    tier: str
    character_count: int
    character_limit: int
    max_credit_limit_extension: int | Literal["unlimited"]
    can_extend_character_limit: bool
    allowed_to_extend_character_limit: bool
    voice_slots_used: int
    professional_voice_slots_used: int
    professional_voice_slots_used_in_workspace: int
    voice_limit: int
    voice_add_edit_counter: int
    professional_voice_limit: int
    can_extend_voice_limit: bool
    can_use_instant_voice_cloning: bool
    can_use_professional_voice_cloning: bool
    current_overage: Overage
    status: Literal["trialing", "active", "incomplete", "past_due", "free", "free_disabled"]
    max_character_limit_extension: int | None = None
    next_character_count_reset_unix: int | None = None
    currency: str | None = None
    billing_period: str | None = None
    character_refresh_period: str | None = None
    chat_concurrency_limit: int


class SubscriptionWithInvoices(Subscription):
    open_invoices: list[dict[str, Any]]
    has_open_invoices: bool
    next_invoice: dict[str, Any] | None = None
    pending_change: dict[str, Any] | None = None


class Account(Shape):
    user_id: str
    workspace_id: str
    subscription: Subscription
    is_new_user: bool
    can_use_delayed_payment_methods: bool
    is_onboarding_completed: bool
    is_onboarding_checklist_completed: bool
    created_at: int
    seat_type: Literal["workspace_admin", "workspace_member", "workspace_lite_member"]
    first_name: str | None = None
    xi_api_key_preview: str | None = None
    is_api_key_hashed: bool
    show_compliance_terms: bool


class SpeechModel(Shape):
    model_id: str
