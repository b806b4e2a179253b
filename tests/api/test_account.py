"""Who a key speaks for, and the plan."""

from __future__ import annotations

import pytest

from dashboard.workspaces.models import ApiKey, Plan, User, Workspace

from .conftest import Caller

SUBSCRIPTION = {
    *("tier", "character_count", "character_limit", "max_credit_limit_extension"),
    *("can_extend_character_limit", "allowed_to_extend_character_limit", "voice_slots_used"),
    *("professional_voice_slots_used", "professional_voice_slots_used_in_workspace"),
    *("voice_limit", "voice_add_edit_counter", "professional_voice_limit"),
    *("can_extend_voice_limit", "can_use_instant_voice_cloning"),
    *("can_use_professional_voice_cloning", "current_overage", "status"),
}
USER = {
    *("user_id", "workspace_id", "subscription", "is_new_user", "can_use_delayed_payment_methods"),
    *("is_onboarding_completed", "is_onboarding_checklist_completed", "created_at", "seat_type"),
}


def test_a_key_speaks_for_the_member_who_made_it(
    ask: Caller, ada: User, workspace: Workspace, api_key: str
) -> None:
    told = ask.get("/user").json()

    assert {key for key, value in told.items() if value is not None} >= USER
    assert (told["user_id"], told["workspace_id"]) == (ada.pk, workspace.pk)
    assert (told["first_name"], told["seat_type"]) == ("Ada", "workspace_admin")
    assert told["xi_api_key_preview"] == f"••••{api_key[-4:]}"
    assert api_key not in str(told)


def test_a_key_whose_maker_has_left_speaks_for_itself(
    ask: Caller, ada: User, workspace: Workspace
) -> None:
    ada.memberships.all().delete()

    told = ask.get("/user").json()

    assert told["user_id"] == ApiKey.objects.get(workspace=workspace).pk
    assert told["first_name"] is None
    assert "Ada" not in str(told)


def test_a_key_outlives_its_makers_account(ask: Caller, ada: User) -> None:
    ada.delete()

    answer = ask.get("/user")

    assert answer.status_code == 200
    assert {key for key, value in answer.json().items() if value is not None} >= USER


@pytest.mark.parametrize(
    ("plan", "status", "at_once"), [(Plan.FREE, "free", 100), (Plan.PRO, "active", 500)]
)
def test_the_subscription_is_the_plan(
    ask: Caller, workspace: Workspace, plan: Plan, status: str, at_once: int
) -> None:
    Workspace.objects.update(plan=plan)

    told = ask.get("/user/subscription").json()

    assert {key for key, value in told.items() if value is not None} >= SUBSCRIPTION
    assert (told["tier"], told["status"]) == (plan.value, status)
    assert told["chat_concurrency_limit"] == at_once
    assert told["current_overage"] == {"amount": "0", "currency": "usd"}
    assert (told["open_invoices"], told["has_open_invoices"]) == ([], False)


def test_there_are_no_speech_models(ask: Caller) -> None:
    assert ask.get("/models").json() == []


@pytest.mark.parametrize("path", ["/user", "/user/subscription", "/models"])
def test_a_stranger_is_told_nothing(stranger: Caller, path: str) -> None:
    assert stranger.get(path).status_code == 401


def test_cleo_sees_her_own_account(cleo_asks: Caller, ask: Caller, cleo: User) -> None:
    assert cleo_asks.get("/user").json()["user_id"] == cleo.pk
    assert "Cleo" not in ask.get("/user").content.decode()
