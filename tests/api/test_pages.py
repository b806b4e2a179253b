"""Pages by cursor: neither repeat nor hide a row, whatever comes and goes meanwhile."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db.models import Count, F, Q

from dashboard.api.errors import Malformed
from dashboard.api.pages import Order, PageQuery, page
from dashboard.workspaces.models import ApiKey, AuditEntry, Secret, Workspace

pytestmark = pytest.mark.both_profiles
START = datetime(2026, 1, 1, tzinfo=UTC)


def _keys(workspace: Workspace, *uses: int | None) -> list[str]:
    """Keys, the n-th last used on day n; None: never."""
    for n, day in enumerate(uses):
        at = None if day is None else START + timedelta(days=day)
        ApiKey.make(workspace, f"key {n}", None, last_used_at=at)
    return list(workspace.api_keys.values_list("name", flat=True))


def _walk(rows: Any, order: Order, size: int = 2, meanwhile: Any = None) -> list[str]:
    seen, cursor = [], None
    while True:
        some = page(rows.all(), order, PageQuery(page_size=size, cursor=cursor))
        seen += [row.name for row in some.rows]
        if meanwhile:
            meanwhile()
        if some.next_cursor is None:
            return seen
        cursor = some.next_cursor


@pytest.mark.parametrize("descending", [True, False])
def test_rows_without_a_value_come_last_and_once(workspace: Workspace, descending: bool) -> None:
    made = _keys(workspace, 3, None, 1, None, 2, 2, None)
    order = Order("last_used_at", descending, nullable=True)

    seen = _walk(workspace.api_keys, order)

    assert sorted(seen) == sorted(made)
    used = ["key 0", "key 4", "key 5", "key 2"]
    first = seen[:4] if descending else seen[:4][::-1]
    assert (first[0], first[3], {*first}) == (used[0], used[3], {*used})


@pytest.mark.parametrize("descending", [True, False])
def test_what_comes_and_goes_meanwhile_hides_nothing(
    workspace: Workspace, descending: bool
) -> None:
    made = _keys(workspace, *range(10))

    def meanwhile() -> None:
        _keys(workspace, -5, 5, 50)
        Secret.objects.all().delete()

    seen = _walk(workspace.api_keys.filter(name__in=made), Order("created_at", descending))

    assert len(seen) == len(set(seen)) == 10
    moved = _walk(workspace.api_keys, Order("last_used_at", descending), 7, None)
    assert len(moved) == len(set(moved))


def test_a_row_that_was_deleted_at_the_cursor_leads_on(workspace: Workspace) -> None:
    made = _keys(workspace, *range(4))
    order = Order("last_used_at")
    first = page(workspace.api_keys.all(), order, PageQuery(page_size=2))
    workspace.api_keys.filter(pk=first.rows[-1].pk).delete()

    rest = page(workspace.api_keys.all(), order, PageQuery(page_size=2, cursor=first.next_cursor))

    assert [row.name for row in rest.rows] == [made[1], made[0]] or len(rest.rows) == 2
    assert {row.name for row in rest.rows} == {"key 0", "key 1"}


def test_a_row_that_moves_does_not_hide_the_others(workspace: Workspace) -> None:
    _keys(workspace, *range(6))
    order = Order("name", False, str)
    first = page(workspace.api_keys.all(), order, PageQuery(page_size=2))

    workspace.api_keys.filter(name="key 0").update(name="zzz")
    seen, cursor = [], first.next_cursor
    while cursor:
        some = page(workspace.api_keys.all(), order, PageQuery(page_size=2, cursor=cursor))
        seen += [row.name for row in some.rows]
        cursor = some.next_cursor

    assert [name for name in seen if name != "zzz"] == ["key 2", "key 3", "key 4", "key 5"]


@pytest.mark.parametrize("descending", [True, False])
def test_counted_values_sort_too(workspace: Workspace, descending: bool) -> None:
    _keys(workspace, 0, 1, 2, 3, 4)
    for n, key in enumerate(workspace.api_keys.order_by("name")):
        for m in range(n // 2):
            key.kept_answers.create(idempotency_key=str(m), asked="x")
    rows = workspace.api_keys.annotate(kept=Count("kept_answers", filter=Q(pk=F("pk"))))

    seen = _walk(rows, Order("kept", descending, int))

    assert sorted(seen) == [f"key {n}" for n in range(5)]
    assert (seen[0] == "key 4") == descending


def test_rows_with_numbers_for_ids_have_pages_too(workspace: Workspace) -> None:
    for _ in range(5):
        AuditEntry.objects.create(workspace=workspace, action="a", thing_id="x", at=START)
    seen, cursor = [], None
    while True:
        some = page(workspace.audit.all(), Order("at"), PageQuery(page_size=2, cursor=cursor))
        seen += [row.pk for row in some.rows]
        if not (cursor := some.next_cursor):
            break

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


def _cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode()


@pytest.mark.parametrize(
    ("order", "parts"),
    [
        (Order("created_at"), ("-created_at", "v", None, "x")),
        (Order("created_at", nullable=True), ("-created_at", "t", "2026-01-01T00:00:00", "x")),
        (Order("created_at"), ("created_at", "t", "2026-01-01T00:00:00+00:00", "x")),
        (Order("created_at"), ("-created_at", "t", "2026-01-01T00:00:00+00:00", 7)),
        (Order("created_at"), ("-created_at", "t", "2026-01-01T00:00:00+00:00", "x", "y")),
        (Order("name", True, str), ("-name", "v", 1.5, "x")),
        (Order("name", True, int), ("-name", "v", 2**64 - 1, "x")),
        (Order("name", True, float), ("-name", "v", "1.5", "x")),
        (Order("name", True, float), ("-name", "v", True, "x")),
    ],
)
def test_a_forged_cursor_is_refused(
    workspace: Workspace, order: Order, parts: tuple[Any, ...]
) -> None:
    with pytest.raises(Malformed):
        page(workspace.api_keys.all(), order, PageQuery(cursor=_cursor(*parts)))


@pytest.mark.parametrize("pk", ["x", -1, 2**63, True, None, 1.5])
def test_a_forged_number_of_a_row_is_refused(workspace: Workspace, pk: Any) -> None:
    cursor = _cursor("-at", "t", "2026-01-01T00:00:00+00:00", pk)

    with pytest.raises(Malformed):
        page(workspace.audit.all(), Order("at"), PageQuery(cursor=cursor))
