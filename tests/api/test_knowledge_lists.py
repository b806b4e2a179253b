"""Knowledge documents over REST: lists and searches (contract rest.md §12)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.workspaces.models import User, Workspace

from .conftest import Caller

pytestmark = pytest.mark.both_profiles

BASE = "/convai/knowledge-base"
TEXT = "# Shipping\n\nWe ship on Mondays.\n\n## Norway\n\nIt takes four days to Oslo."


@pytest.fixture
def shipping(ask: Caller) -> str:
    return ask.post(f"{BASE}/text", {"text": TEXT, "name": "Shipping"}).json()["id"]


@pytest.fixture
def folder(ask: Caller) -> str:
    return ask.post(f"{BASE}/folder", {"name": "Shop"}).json()["id"]


def _add(ask: Caller, name: str, **more: Any) -> str:
    return ask.post(f"{BASE}/text", {"text": f"About {name}.", "name": name, **more}).json()["id"]


def _names(answer: Any) -> list[str]:
    return [one["name"] for one in answer.json()["documents"]]


# --- Lists -----------------------------------------------------------------------------------


def test_a_list_is_paged_and_stays_in_place(ask: Caller) -> None:
    made = [_add(ask, f"Text {number}") for number in range(5)]
    first = ask.get(f"{BASE}?page_size=2").json()
    _add(ask, "Newer")
    second = ask.get(f"{BASE}?page_size=2&cursor={first['next_cursor']}").json()

    seen = [one["id"] for one in first["documents"] + second["documents"]]
    assert seen == made[::-1][:4]
    assert "extracted_inner_html" not in first["documents"][0]


def test_a_list_is_filtered_and_sorted(
    ask: Caller, folder: str, workspace: Workspace, ben: User
) -> None:
    inner = ask.post(f"{BASE}/folder", {"name": "Inner", "parent_folder_id": folder}).json()["id"]
    _add(ask, "Beans", parent_folder_id=folder)
    _add(ask, "Anise and more", parent_folder_id=inner)
    workspace.documents.create(name="Bens", content="x", made_by=ben)

    def names(query: str) -> list[str]:
        return _names(ask.get(f"{BASE}?{query}"))

    assert names("search=bean") == ["Beans"]
    assert names(f"parent_folder_id={folder}&sort_by=name&sort_direction=asc") == ["Beans", "Inner"]
    assert sorted(names(f"ancestor_folder_id={folder}")) == ["Anise and more", "Beans", "Inner"]
    assert names("types=folder&sort_by=name") == ["Shop", "Inner"]
    assert names("sort_by=size&types=text")[0] == "Anise and more"
    assert "Bens" not in names("show_only_owned_documents=true")
    assert names(f"created_by_user_id={ben.pk}") == ["Bens"]
    assert ask.get(f"{BASE}?types=pdf").status_code == 422


def test_folders_come_first_on_every_page(ask: Caller, folder: str) -> None:
    for name in ("A", "B"):
        _add(ask, name)
    ask.post(f"{BASE}/folder", {"name": "Zoo"})
    seen, cursor = [], ""
    for _ in range(4):
        path = f"{BASE}?folders_first=true&page_size=1&sort_by=name&sort_direction=asc"
        answer = ask.get(f"{path}&cursor={cursor}" if cursor else path)
        seen += _names(answer)
        cursor = answer.json()["next_cursor"]

    assert (seen, cursor) == (["Shop", "Zoo", "A", "B"], None)


def test_a_folder_says_what_is_in_it(ask: Caller, folder: str) -> None:
    inner = ask.post(f"{BASE}/folder", {"name": "Inner", "parent_folder_id": folder}).json()
    made = ask.post(f"{BASE}/text", {"text": "x", "parent_folder_id": inner["id"]}).json()

    told = ask.get(f"{BASE}/{folder}").json()

    assert (told["children_count"], told["document_count"]) == (1, 1)
    assert [part["name"] for part in made["folder_path"]] == ["Shop", "Inner"]


def test_a_list_takes_few_queries_and_no_contents(ask: Caller) -> None:
    for number in range(10):
        _add(ask, f"Text {number}")

    with CaptureQueriesContext(
        connection,
    ) as seen:
        ask.get(BASE)

    assert len(seen) <= 8
    assert not any('"content"' in query["sql"] for query in seen.captured_queries)


def test_words_are_searched(ask: Caller, shipping: str) -> None:
    found = ask.get(f"{BASE}/search?query=oslo").json()["results"]

    assert found[0]["document"]["id"] == shipping
    assert {"value": "Oslo", "is_hit": True} in found[0]["search_snippet"]
    assert ask.get(f"{BASE}/search?query=mars").json() == {"results": [], "next_cursor": None}
