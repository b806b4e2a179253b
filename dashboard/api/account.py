"""Who is calling, on which plan, and the speech models, of which there are none (§17)."""

from __future__ import annotations

from typing import Any

from ninja import Router

from dashboard.workspaces.account import account
from dashboard.workspaces.subscription import subscription_with_invoices

from .auth import Request
from .shapes.account import Account, SpeechModel, SubscriptionWithInvoices
from .telling import tells

router = Router(tags=["Account"])
speech = Router(tags=["Account"])
JSON = dict[str, Any]


@router.get("", **tells(Account))
def user(request: Request) -> JSON:
    """The member who made the key, and the workspace's plan."""
    return account(request.auth)


@router.get("/subscription", **tells(SubscriptionWithInvoices))
def user_subscription(request: Request) -> JSON:
    """The workspace's plan; nothing is sold here, so there are no invoices."""
    return subscription_with_invoices(request.auth.workspace)


@speech.get("", **tells(list[SpeechModel]))
def speech_models(request: Request) -> list[JSON]:
    """Models that turn text into speech: none, conversations here are typed."""
    return []
