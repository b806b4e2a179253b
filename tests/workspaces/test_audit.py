"""The audit log: who changed what through which door; secrets never stand in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.workspaces import audit, keys
from dashboard.workspaces.audit import Actor
from dashboard.workspaces.models import ApiKey, AuditEntry, Door, Scope, User, Workspace
from dashboard.workspaces.retelling import MASK, retold
from dashboard.workspaces.tasks import tidy_workspaces

pytestmark = pytest.mark.both_profiles
HUSH = "hush-hush-12345"


def _recorded(workspace: Workspace, before: Any, after: Any, by: audit.By = None) -> AuditEntry:
    entry = audit.record(workspace, by, "thing.changed", workspace, before=before, after=after)
    assert entry is not None
    return AuditEntry.objects.get(pk=entry.pk)


def test_an_entry_says_who_what_and_how_it_was(workspace: Workspace, ada: User) -> None:
    by = Actor(ada, door=Door.DASHBOARD, request_id="req_1")

    entry = _recorded(workspace, {"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2}, by)

    assert entry.changes == [{"path": "a.b", "before": 1, "after": 3}]
    assert (entry.user, entry.who, entry.door) == (ada, "Ada Larsen", "dashboard")
    assert (entry.thing_id, entry.thing_name) == (workspace.pk, "Harbour Coffee")


def test_nothing_is_written_when_nothing_changed(workspace: Workspace) -> None:
    same = {"a": [{"x": 1, "y": 2}]}
    reordered = {"a": [{"y": 2, "x": 1}]}

    assert (
        audit.record(workspace, None, "a.changed", workspace, before=same, after=reordered) is None
    )
    assert not AuditEntry.objects.exists()


def test_true_is_not_one(workspace: Workspace) -> None:
    entry = _recorded(workspace, {"on": 1, "list": [1]}, {"on": True, "list": [True]})

    assert [change["path"] for change in entry.changes] == ["on", "list"]


@pytest.mark.parametrize(
    "document",
    [
        {"api_key": HUSH},
        {"password": HUSH},
        {"webhook_secret": HUSH},
        {"shareable_token": HUSH},
        {"auth": {"access_tokens": [HUSH]}},
        {"secret": {"value": HUSH}},
        {"request_headers": {"Authorization": HUSH, "X-Anything": HUSH}},
        {"api_schema": {"request_headers": {"secret_id": HUSH}}},
        {"headers": [{"name": "X-Shop", "value": HUSH}, HUSH]},
        {"request_headers": {"X": {"nested": [HUSH]}}},
        {"query_params_schema": {"properties": {"api_key": {"constant_value": HUSH}}}},
        {"url": f"https://ada:{HUSH}@shop.example/x"},
        {"url": f"https://shop.example/x?page=1&access_token={HUSH}&b=2"},
        {"dynamic_variables": {"secret__crm": HUSH}},
        {"pin": 123456789012345},
        {"tools": [{"api_schema": {"request_headers": {"x": HUSH}}}]},
        {"cookie": {"session": {"deep": {"deeper": HUSH}}}},
        {"private_key": [HUSH, {"x": HUSH}]},
    ],
)
def test_a_secret_is_masked_whatever_changed_around_it(
    workspace: Workspace, document: dict[str, Any]
) -> None:
    other = json.loads(json.dumps(document).replace(HUSH, "old-" + HUSH).replace("1234", "9876"))

    _recorded(workspace, None, document)
    _recorded(workspace, document, None)
    _recorded(workspace, other, document)

    kept = json.dumps(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert "hush" not in kept
    assert "56789012345" not in kept


def test_what_only_names_a_secret_can_be_read(workspace: Workspace) -> None:
    def told(secret_id: str) -> dict[str, Any]:
        return {
            "request_headers": {"Authorization": {"secret_id": secret_id}, "X": "plain"},
            "headers": [{"name": "X-Shop", "value": secret_id}],
            "max_tokens": 500,
        }

    whole = _recorded(workspace, None, told("secret_1")).changes[0]["after"]
    moved = _recorded(workspace, told("secret_1"), told("secret_2")).changes

    assert whole["request_headers"] == {"Authorization": {"secret_id": "secret_1"}, "X": MASK}
    assert whole["headers"] == [{"name": "X-Shop", "value": MASK}]
    assert whole["max_tokens"] == 500
    assert moved[0] == {
        "path": "request_headers.Authorization.secret_id",
        "before": "secret_1",
        "after": "secret_2",
    }


@pytest.mark.parametrize(
    "value",
    [
        {HUSH: 1},
        {HUSH: {"a": HUSH}},
        {"secret_id": {HUSH: 1}},
        {"secret_id": "s", HUSH: "x"},
        [{HUSH: 1}],
        {"a": {HUSH: {"b": [HUSH]}}},
    ],
)
@pytest.mark.parametrize("before", [None, "x", {}, {"secret_id": "s"}, {"hush-old": {"a": 1}}])
def test_an_odd_object_as_a_header_is_masked_with_its_names(
    workspace: Workspace, value: Any, before: Any
) -> None:
    for name in ("request_headers", "headers"):
        for old, new in ((before, value), (value, before)):
            _recorded(workspace, {name: {"X": old}, "n": 1}, {name: {"X": new}, "n": 2})
            _recorded(workspace, {name: [old]}, {name: [new, 1]})
            _recorded(workspace, {"a": {name: {"X": old}}}, {"b": {name: {"X": new}}})

    assert "hush" not in json.dumps(list(AuditEntry.objects.values_list("changes", flat=True)))


def _nested(depth: int) -> Any:
    value: Any = {"end": 1}
    for _ in range(depth):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"deep": _nested(30)}, {"deep": _nested(31)}),
        ({"deep": _nested(400)}, {"deep": _nested(399)}),
        ({"deep": _nested(20_000)}, {"deep": 1}),
        ({"list": list(range(100_000))}, {"list": []}),
        ({"wide": {str(n): n for n in range(10_000)}}, {}),
        ({str(n): n for n in range(10_000)}, {}),
        ({"text": "x" * 100_000}, {"text": ""}),
        ({"nul": "a\0b", "half": "\ud800"}, {"nul": "", "half": ""}),
        ({"huge": 10**400, "nan": float("nan"), "inf": float("inf")}, {}),
        ({1: "one", None: 2, "x" * 5000: 3, "\0": 4}, {}),
        ({"odd": {1, 2}, "time": datetime.now(UTC), "bytes": b"x", "object": object()}, {}),
        ({"tuple": (1, 2)}, {"tuple": [1, 2]}),
        ([1, 2], "text"),
    ],
)
def test_nothing_odd_or_endless_breaks_the_log(
    workspace: Workspace, before: Any, after: Any
) -> None:
    entry = _recorded(workspace, before, after)

    assert 0 < len(entry.changes) <= audit.MOST_CHANGES
    assert len(json.dumps(entry.changes)) < 200_000


def test_a_long_text_is_cut_and_says_so() -> None:
    told = retold(("a",), "x" * 5000)

    assert told.endswith("…")
    assert len(told) == 2000


def test_odd_names_are_stored(workspace: Workspace, ada: User) -> None:
    ada.name = "A\0da" * 100
    workspace.name = "N\0\ud800" * 200

    entry = audit.record(workspace, Actor(ada), "a.changed", workspace, after={"x": 1})

    assert entry is not None
    assert "\0" not in entry.who + entry.thing_name


def test_entries_go_after_their_time(workspace: Workspace, cleo: User, settings: Any) -> None:
    elsewhere = cleo.memberships.get().workspace
    for place in (workspace, elsewhere):
        for days in (1, 100, 400):
            entry = audit.record(place, None, "a.changed", place, after={"days": days})
            at = timezone.now() - timedelta(days=days)
            AuditEntry.objects.filter(pk=entry and entry.pk).update(at=at)

    settings.AUDIT_DAYS = 0
    tidy_workspaces()
    assert AuditEntry.objects.count() == 6

    settings.AUDIT_DAYS = 365
    tidy_workspaces()
    assert AuditEntry.objects.count() == 4
    settings.AUDIT_DAYS = 30
    tidy_workspaces()
    assert AuditEntry.objects.count() == 2


def test_the_authors_are_named_once_and_never_cleo(
    workspace: Workspace, ada: User, cleo: User
) -> None:
    key, _ = ApiKey.make(workspace, "shop", ada)
    for by in (Actor(ada), Actor(ada, key), Actor(ada), None):
        audit.record(workspace, by, "a.changed", workspace, after={"x": 1})
    elsewhere = cleo.memberships.get().workspace
    audit.record(elsewhere, Actor(cleo), "a.changed", elsewhere, after={"x": 1})

    assert sorted(audit.authors(workspace)) == sorted(
        [(key.pk, "key shop"), (ada.pk, "Ada Larsen")]
    )


def test_keys_come_and_go_in_the_log_without_their_text(workspace: Workspace, ada: User) -> None:
    key, text = keys.make(workspace, Actor(ada), "Shop", Scope.READ)
    assert keys.revoke(key, Actor(ada)) is True
    assert keys.revoke(key, Actor(ada)) is False

    made, revoked = AuditEntry.objects.order_by("id")

    assert (made.action, revoked.action) == ("key.created", "key.revoked")
    assert text not in str(list(AuditEntry.objects.values()))
    assert key.digest not in str(list(AuditEntry.objects.values()))
    assert made.changes[0]["after"]["scope"] == "read"
