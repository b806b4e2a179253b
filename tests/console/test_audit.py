"""The audit log's page: for owners and admins, filtered, paged, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.workspaces import audit
from dashboard.workspaces.audit import Actor
from dashboard.workspaces.models import ApiKey, AuditEntry, Door, Member, Role, User, Workspace

PATH = "/settings/audit/"
pytestmark = pytest.mark.both_profiles


def _page(client: Client, query: str = "", status: int = 200) -> str:
    answer = client.get(PATH + query)
    assert answer.status_code == status
    return answer.content.decode()


def _entry(
    workspace: Workspace,
    by: audit.By,
    action: str = "agent.changed",
    before: Any = "was",
    after: Any = "is",
) -> AuditEntry:
    entry = audit.record(
        workspace, by, action, workspace, before={"name": before}, after={"name": after}
    )
    assert entry is not None
    return entry


def test_an_entry_tells_who_when_what_and_how_it_was(adas: Client, workspace: Workspace, ada: User):
    key, _ = ApiKey.make(workspace, "Shop", ada)
    _entry(workspace, Actor(ada, key, Door.API, "req_abc"), before="Barista", after="Roaster")

    page = _page(adas)

    for word in ("Agent changed", "key Shop", "API", "req_abc", "Barista", "Roaster", "1 change"):
        assert word in page


def test_an_empty_log_says_what_to_do(adas: Client):
    assert "No changes yet" in _page(adas)


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OWNER, 200), (Role.ADMIN, 200), (Role.EDITOR, 403), (Role.VIEWER, 403)],
)
def test_owners_and_admins_see_it(
    bens: Client, ben: User, ada: User, workspace: Workspace, role: Role, status: int
):
    Member.objects.filter(user=ben).update(role=role)
    _entry(workspace, ada, before="Barista")

    page = _page(bens, status=status)

    assert ("Barista" in page) == (status == 200)
    assert ("Audit log</a>" in bens.get("/settings/models/").content.decode()) == (status == 200)


def test_cleo_sees_nothing_of_ours(cleos: Client, workspace: Workspace, ada: User):
    entry = _entry(workspace, ada, before="Barista")

    for query in ("", f"?thing={entry.thing_id}", f"?who={ada.pk}", "?kind=agent"):
        page = _page(cleos, query)
        assert "Barista" not in page
        assert "Ada Larsen" not in page


def test_the_log_can_be_narrowed(adas: Client, workspace: Workspace, ada: User, ben: User):
    _entry(workspace, ada, "agent.changed", after="by-ada")
    old = _entry(workspace, ben, "tool.created", after="by-ben")
    key, _ = ApiKey.make(workspace, "Shop", ada)
    _entry(workspace, Actor(ada, key, Door.API), after="by-key")
    AuditEntry.objects.filter(pk=old.pk).update(at=datetime(2026, 1, 5, 12, tzinfo=UTC))

    def shown(query: str) -> set[str]:
        page = _page(adas, query)
        return {word for word in ("by-ada", "by-ben", "by-key") if word in page}

    assert shown("") == {"by-ada", "by-ben", "by-key"}
    assert shown(f"?who={ada.pk}") == {"by-ada"}
    assert shown(f"?who={key.pk}") == {"by-key"}
    assert shown("?kind=tool") == {"by-ben"}
    assert shown("?day=2026-01-05") == {"by-ben"}
    assert shown("?day=2026-01-06") == set()
    assert shown("?thing=agent_nobody") == set()
    assert "Nothing matches" in _page(adas, "?day=2026-01-06")


def test_a_day_begins_and_ends_on_the_workspaces_clock(
    adas: Client, workspace: Workspace, ada: User
):
    workspace.time_zone = "Asia/Tokyo"
    workspace.save()
    entry = _entry(workspace, ada, after="late")
    AuditEntry.objects.filter(pk=entry.pk).update(at=datetime(2026, 1, 5, 20, tzinfo=UTC))

    assert "late</pre>" in _page(adas, "?day=2026-01-06")
    assert "late</pre>" not in _page(adas, "?day=2026-01-05")


def test_pages_neither_repeat_nor_skip(adas: Client, workspace: Workspace, ada: User):
    at = timezone.now()
    for n in range(120):
        entry = _entry(workspace, ada, after=f"number-{n}-")
        AuditEntry.objects.filter(pk=entry.pk).update(at=at - timedelta(minutes=n // 3))
    query, seen, pages = "", [], 0

    while query is not None:
        page = _page(adas, query)
        seen += [n for n in range(120) if f"number-{n}-" in page]
        _entry(workspace, ada, after="meanwhile")  # comes while somebody reads
        pages += 1
        links = [part.split('"')[0] for part in page.split(f'href="{PATH}')[1:]]
        older = [link for link in links if "after=" in link]
        query = older[0].replace("&amp;", "&") if older else None

    assert pages == 3
    assert sorted(seen) == list(range(120))


@pytest.mark.parametrize(
    "query",
    [
        "?after=garbage",
        "?after=2026-01-01T00:00:00%2B00:00~abc",
        "?after=2026-01-01T00:00:00%2B00:00~99999999999999999999",
        "?after=0001-01-01T00:00:00%2B14:00~1",
        "?who=%00&kind=%00&thing=%00&day=%00",
        "?day=0001-01-01",
        "?day=9999-12-31",
        "?day=tomorrow",
        "?who=" + "x" * 3000,
        "?kind=%25",
    ],
)
def test_a_forged_address_is_the_first_page(
    adas: Client, workspace: Workspace, ada: User, query: str
):
    _entry(workspace, ada, after="here")

    _page(adas, query)


def test_what_stands_in_an_entry_is_never_markup(adas: Client, workspace: Workspace, ada: User):
    _entry(workspace, ada, after="<script>alert(1)</script>")

    assert "<script>alert" not in _page(adas)


def test_the_page_takes_the_same_few_queries_however_long(
    adas: Client, workspace: Workspace, ada: User, django_assert_max_num_queries: Any
):
    for n in range(60):
        _entry(workspace, ada, after=n)

    with django_assert_max_num_queries(8):
        _page(adas)


def test_a_change_of_a_model_stands_in_the_log_without_its_key(adas: Client, workspace: Workspace):
    sent = {"kind": "openai", "model": "gpt-4o-mini", "key": "sk-hush-hush", "is_default": "on"}
    adas.post("/settings/models/", sent)
    row = workspace.model_backends.get()
    adas.post(f"/settings/models/{row.pk}/", {**sent, "key": "sk-hush-again"})
    adas.post(f"/settings/models/{row.pk}/remove/")

    entries = list(workspace.audit.order_by("id"))

    assert [entry.action for entry in entries] == ["model.added", "model.changed", "model.removed"]
    assert {entry.thing_name for entry in entries} == {"gpt-4o-mini"}
    assert entries[1].changes == [{"path": "api_key", "before": "••••", "after": "••••"}]
    assert "hush" not in str([entry.changes for entry in entries])
    assert {entry.door for entry in entries} == {"dashboard"}
