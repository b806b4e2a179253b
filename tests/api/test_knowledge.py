"""Knowledge documents over REST: kept, listed, changed, taken away (contract rest.md §12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.agents.models import Agent
from dashboard.knowledge import keeping
from dashboard.knowledge.models import Kind, KnowledgeDocument
from dashboard.workspaces.models import AuditEntry, User, Workspace

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


@pytest.fixture
def reader(make_agent: Callable[..., Agent], shipping: str) -> Agent:
    return make_agent(name="Barista", conversation_config=_knows(shipping))


def _knows(document_id: str, kind: str = "text") -> dict[str, Any]:
    locator = {"type": kind, "name": "x", "id": document_id, "usage_mode": "auto"}
    return {"agent": {"prompt": {"prompt": "Be kind.", "knowledge_base": [locator]}}}


def _add(ask: Caller, name: str, **more: Any) -> str:
    return ask.post(f"{BASE}/text", {"text": f"About {name}.", "name": name, **more}).json()["id"]


def _names(answer: Any) -> list[str]:
    return [one["name"] for one in answer.json()["documents"]]


# --- One document ----------------------------------------------------------------------------


def test_a_text_is_kept_and_read(ask: Caller, shipping: str) -> None:
    told = ask.get(f"{BASE}/{shipping}").json()

    assert (told["type"], told["name"], told["status"]) == ("text", "Shipping", "ready")
    assert told["metadata"]["size_bytes"] == len(TEXT)
    assert "<h2>Norway</h2>" in told["extracted_inner_html"]
    assert told["access_info"]["creator_name"] == "Ada Larsen"
    assert (told["folder_parent_id"], told["folder_path"]) == (None, [])


def test_a_text_without_a_name_is_called_by_its_first_line(ask: Caller) -> None:
    assert ask.post(f"{BASE}/text", {"text": TEXT}).json()["name"] == "Shipping"


def test_html_in_a_text_cannot_run(ask: Caller) -> None:
    text = "Hi <script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    made = ask.post(f"{BASE}/text", {"text": text}).json()

    answer = ask.get(f"{BASE}/{made['id']}/content")

    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "sandbox" in answer["Content-Security-Policy"]
    html = answer.content.decode()
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_passages_are_listed_page_by_page(ask: Caller, shipping: str) -> None:
    path = f"{BASE}/{shipping}/chunks?embedding_model=e5_mistral_7b_instruct&page_size=1"
    first = ask.get(path).json()
    second = ask.get(f"{path}&cursor={first['next_cursor']}").json()

    assert [one["name"] for one in first["chunks"] + second["chunks"]] == [
        "Shipping",
        "Shipping › Norway",
    ]
    assert second["next_cursor"] is None
    one = ask.get(f"{BASE}/{shipping}/chunk/{first['chunks'][0]['id']}").json()
    assert one["content"] == "We ship on Mondays."
    assert ask.get(f"{BASE}/{shipping}/chunk/{10**30}").status_code == 404
    assert ask.get(f"{path}&cursor=ä").status_code == 422


def test_a_change_is_read_again(ask: Caller, shipping: str) -> None:
    answer = ask.patch(f"{BASE}/{shipping}", {"name": "Post", "content": "By boat."})

    assert answer.json()["name"] == "Post"
    chunks = ask.get(f"{BASE}/{shipping}/chunks?embedding_model=x").json()["chunks"]
    assert [(one["name"], one["content"]) for one in chunks] == [("Post", "By boat.")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x", "name": "n" * 1001}, "name"),
        ({"text": 5}, "text"),
        ({}, "text"),
    ],
)
def test_what_does_not_fit_is_named(ask: Caller, body: dict[str, Any], field: str) -> None:
    answer = ask.post(f"{BASE}/text", body)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]


def test_an_unknown_folder_is_not_found(ask: Caller) -> None:
    body = {"text": "x", "parent_folder_id": "doc_nowhere"}

    assert ask.post(f"{BASE}/text", body).json()["detail"]["status"] == "folder_not_found"


def test_a_folder_cannot_be_rewritten(ask: Caller, folder: str) -> None:
    assert ask.patch(f"{BASE}/{folder}", {"content": "x"}).status_code == 422
    assert ask.patch(f"{BASE}/{folder}", {"name": "Store"}).json()["name"] == "Store"


# --- Who reads it ----------------------------------------------------------------------------


def test_a_document_in_use_is_kept(ask: Caller, shipping: str, reader: Agent) -> None:
    answer = ask.delete(f"{BASE}/{shipping}")

    assert (answer.status_code, answer.json()["detail"]["status"]) == (400, "document_in_use")
    assert "Barista" in answer.json()["detail"]["message"]
    assert ask.get(f"{BASE}/{shipping}").status_code == 200


def test_force_takes_it_away_from_the_agents(ask: Caller, shipping: str, reader: Agent) -> None:
    assert ask.delete(f"{BASE}/{shipping}?force=true").status_code == 200

    told = ask.get(f"/convai/agents/{reader.pk}").json()
    assert told["conversation_config"]["agent"]["prompt"]["knowledge_base"] == []
    assert told["conversation_config"]["agent"]["prompt"]["prompt"] == "Be kind."
    assert Agent.objects.get(pk=reader.pk).told.number == 2
    assert ask.get(f"{BASE}/{shipping}").status_code == 404


def test_a_folder_is_emptied_only_by_force(ask: Caller, folder: str) -> None:
    inside = _add(ask, "Inside", parent_folder_id=folder)

    assert ask.delete(f"{BASE}/{folder}").json()["detail"]["status"] == "folder_not_empty"
    assert ask.delete(f"{BASE}/{folder}?force=true").status_code == 200
    assert ask.get(f"{BASE}/{inside}").status_code == 404


def test_readers_are_listed(
    ask: Caller, folder: str, reader: Agent, shipping: str, make_agent: Callable[..., Agent]
) -> None:
    inside = _add(ask, "Inside", parent_folder_id=folder)
    by_folder = make_agent(name="Archivist", conversation_config=_knows(folder, "folder"))

    def readers(document_id: str, kind: str) -> list[str]:
        path = f"{BASE}/{document_id}/dependent-agents?dependent_type={kind}"
        return [one["id"] for one in ask.get(path).json()["agents"]]

    assert readers(shipping, "all") == [reader.pk]
    assert readers(inside, "direct") == []
    assert readers(inside, "transitive") == readers(inside, "all") == [by_folder.pk]
    listed = ask.get(f"{BASE}?search=shipping").json()["documents"][0]
    assert [one["name"] for one in listed["dependent_agents"]] == ["Barista"]


def test_the_size_of_what_an_agent_knows(
    ask: Caller, folder: str, make_agent: Callable[..., Agent]
) -> None:
    ask.post(f"{BASE}/text", {"text": "word " * 800, "parent_folder_id": folder})
    agent = make_agent(conversation_config=_knows(folder, "folder"))

    assert ask.get(f"/convai/agent/{agent.pk}/knowledge-base/size").json() == {
        "number_of_pages": 2.0
    }


# --- The rest --------------------------------------------------------------------------------


def test_changes_are_in_the_audit_log_without_what_was_written(ask: Caller, shipping: str) -> None:
    ask.patch(f"{BASE}/{shipping}", {"content": "By boat."})
    ask.delete(f"{BASE}/{shipping}")

    entries = AuditEntry.objects.filter(thing_id=shipping).order_by("id")
    assert [entry.action for entry in entries] == [
        "document.created",
        "document.changed",
        "document.deleted",
    ]
    assert "boat" not in str([entry.changes for entry in entries])
    assert {entry.who for entry in entries} == {"key tests"}


@pytest.mark.parametrize(
    "path",
    ["", "/content", "/chunks?embedding_model=x", "/dependent-agents", "/source-file-url"],
)
def test_cleo_sees_nothing(cleo_asks: Caller, shipping: str, path: str) -> None:
    assert cleo_asks.get(f"{BASE}/{shipping}{path}").status_code == 404


def test_cleo_changes_nothing(cleo_asks: Caller, shipping: str, folder: str, reader: Agent) -> None:
    assert cleo_asks.patch(f"{BASE}/{shipping}", {"name": "Mine"}).status_code == 404
    assert cleo_asks.delete(f"{BASE}/{shipping}?force=true").status_code == 404
    assert cleo_asks.post(f"{BASE}/{shipping}/refresh", {}).status_code == 404
    placed = {"text": "x", "parent_folder_id": folder}
    assert cleo_asks.post(f"{BASE}/text", placed).status_code == 404
    assert cleo_asks.get(f"{BASE}?parent_folder_id={folder}").status_code == 404
    assert cleo_asks.get(f"/convai/agent/{reader.pk}/knowledge-base/size").status_code == 404
    assert cleo_asks.get(f"{BASE}/search?query=oslo").json()["results"] == []
    assert _names(cleo_asks.get(BASE)) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/rag-index"),
        ("GET", "/rag-index"),
        ("POST", "/doc_x/rag-index"),
        ("POST", "/crawl"),
        ("POST", "/bulk-delete"),
        ("POST", ""),
    ],
)
def test_what_is_not_here_yet_says_so(ask: Caller, method: str, path: str) -> None:
    answer = ask(method, f"{BASE}{path}", {})

    assert answer.status_code == 404
    assert answer.json()["detail"]["message"]


def test_a_folder_that_is_taken_away_meanwhile_takes_nothing_in(
    workspace: Workspace, ada: User
) -> None:
    gone = keeping.add_folder(workspace, ada, keeping.Shelf("Gone"))
    KnowledgeDocument.objects.filter(kind=Kind.FOLDER).delete()

    with pytest.raises(keeping.Unusable):
        keeping.add_folder(workspace, ada, keeping.Shelf("New", gone))
