"""API keys: shown once, with a scope and an end, revoked at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.workspaces.access import key_named
from dashboard.workspaces.models import ApiKey, Scope, User, Workspace


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_new_key_works_and_is_shown_exactly_once(adas: Client, workspace: Workspace, ada: User):
    answer = adas.post("/settings/api-keys/", {"name": "Shop backend"})

    text = answer.content.decode().split('id="new-key">')[1].split("<")[0]
    found = key_named(text)
    assert found is not None
    assert found.workspace == workspace
    assert found.made_by == ada
    assert "no-store" in answer["Cache-Control"]
    after = _page(adas, "/settings/api-keys/")
    assert text not in after
    assert f"<code>{text[-4:]}</code>" in after


def test_a_key_is_made_with_the_chosen_scope_and_end(adas: Client, workspace: Workspace):
    adas.post("/settings/api-keys/", {"name": "Reports", "scope": "read", "expires": "30"})
    page = _page(adas, "/settings/api-keys/")

    key = workspace.api_keys.get()
    assert key.scope == Scope.READ
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)
    assert "Read everything" in page
    assert "not used yet" in page
    assert f"expires on {key.expires_at:%B}" not in page  # the day comes first
    assert f"{key.expires_at:%B %Y}" in page


def test_a_key_ends_with_the_chosen_day_on_the_workspaces_clock(adas: Client, workspace: Workspace):
    workspace.time_zone = "Asia/Tokyo"
    workspace.save()

    adas.post("/settings/api-keys/", {"name": "Fair", "expires": "on", "day": "2090-05-01"})

    ends = workspace.api_keys.get().expires_at
    assert ends is not None
    assert ends.replace(microsecond=0) == datetime(2090, 5, 1, 14, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"expires": "on"}, "Write the last day"),
        ({"expires": "on", "day": "2001-01-01"}, "This day is over"),
        ({"expires": "on", "day": "soon"}, "Write a day such as"),
        ({"expires": "later"}, "Choose one of the list."),
        ({"scope": "everything"}, "Choose one of the list."),
        ({"name": "x" * 121}, "Write a name"),
    ],
)
def test_a_wrong_key_says_what_to_write_and_keeps_what_was_typed(
    adas: Client, workspace: Workspace, typed: dict[str, str], complaint: str
):
    sent = {"name": "Fair & square", "scope": "start", "expires": "never", **typed}

    answer = adas.post("/settings/api-keys/", sent)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert "name" in typed or "Fair &amp; square" in page
    assert "scope" in typed or '<option value="start" selected>' in page
    assert not workspace.api_keys.exists()


def test_the_last_day_that_there_is_has_no_end(adas: Client, workspace: Workspace):
    adas.post("/settings/api-keys/", {"name": "Ever", "expires": "on", "day": "9999-12-31"})

    assert workspace.api_keys.get().name == "Ever"


def test_an_expired_key_is_marked_until_it_is_revoked(adas: Client, workspace: Workspace):
    over = timezone.now() - timedelta(days=1)
    ApiKey.make(workspace, "Old shop", None, expires_at=over, last_used_at=over)

    page = _page(adas, "/settings/api-keys/")

    assert "Expired</span>" in page
    assert "last used" in page


def test_making_and_revoking_a_key_stand_in_the_audit_log(
    adas: Client, workspace: Workspace, ada: User
):
    answer = adas.post("/settings/api-keys/", {"name": "Shop"})
    text = answer.content.decode().split('id="new-key">')[1].split("<")[0]
    adas.post(f"/settings/api-keys/{workspace.api_keys.get().pk}/revoke/")

    entries = list(workspace.audit.order_by("id"))

    assert [entry.action for entry in entries] == ["key.created", "key.revoked"]
    assert {entry.user for entry in entries} == {ada}
    assert text not in str([entry.changes for entry in entries])


def test_a_key_needs_a_name(adas: Client, workspace: Workspace):
    answer = adas.post("/settings/api-keys/", {"name": " "})

    assert answer.status_code == 422
    assert "Write a name" in answer.content.decode()
    assert not workspace.api_keys.exists()


def test_a_revoked_key_opens_nothing_and_leaves_the_list(adas: Client, workspace: Workspace):
    key, text = ApiKey.make(workspace, "Old shop", None)

    adas.post(f"/settings/api-keys/{key.pk}/revoke/")

    assert key_named(text) is None
    assert "Old shop</b>" not in _page(adas, "/settings/api-keys/")


def test_cleo_neither_sees_nor_revokes_a_key(cleos: Client, workspace: Workspace):
    key, text = ApiKey.make(workspace, "Old shop", None)

    assert "Old shop" not in _page(cleos, "/settings/api-keys/")
    assert cleos.post(f"/settings/api-keys/{key.pk}/revoke/").status_code == 404
    assert key_named(text) == key


def test_a_viewer_makes_and_revokes_no_key(viewers: Client, workspace: Workspace):
    key, text = ApiKey.make(workspace, "Old shop", None)

    assert viewers.post("/settings/api-keys/", {"name": "Mine"}).status_code == 403
    assert viewers.post(f"/settings/api-keys/{key.pk}/revoke/").status_code == 403
    assert "Make key" not in _page(viewers, "/settings/api-keys/")
    assert workspace.api_keys.get() == key_named(text)
