"""The pages about what agents know."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.agents.attaching import attach
from dashboard.agents.models import Agent
from dashboard.knowledge import keeping
from dashboard.knowledge.keeping import Shelf
from dashboard.knowledge.models import Kind, KnowledgeDocument
from dashboard.knowledge.sources import from_file, from_text
from dashboard.workspaces.models import AuditEntry, User, Workspace
from tests.knowledge import papers

pytestmark = pytest.mark.both_profiles


@pytest.fixture
def shipping(workspace: Workspace, ada: User) -> KnowledgeDocument:
    source = from_text("# Shipping\n\nWe ship on Mondays.\n\n## Norway\n\nFour days.")
    return keeping.add(workspace, ada, source)


def _body(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_empty_list_says_what_to_do(adas: Client) -> None:
    page = _body(adas.get("/knowledge/"))

    assert "What your agents know will be here" in page
    assert "/knowledge/new/url/" in page


def test_the_list_shows_kind_size_state_and_readers(
    adas: Client, shipping: KnowledgeDocument, agent: Agent, ada: User
) -> None:
    attach(agent, shipping, ada)

    page = _body(adas.get("/knowledge/"))

    for words in ("Shipping", "Text", "Ready", "Harbour Helper", "bytes"):
        assert words in page


def test_a_text_is_written(adas: Client, workspace: Workspace) -> None:
    answer = adas.post("/knowledge/new/text/", {"text": "We close at six.", "name": "Hours"})

    made = workspace.documents.get()
    assert answer["Location"] == f"/knowledge/{made.pk}/"
    assert (made.name, made.passages.count()) == ("Hours", 1)
    assert AuditEntry.objects.get(thing_id=made.pk).who == "Ada Larsen"


def test_what_was_typed_stays_beside_its_error(adas: Client) -> None:
    page = adas.post("/knowledge/new/url/", {"url": "http://127.0.0.1/x", "name": "Site"})

    assert page.status_code == 422
    assert 'value="http://127.0.0.1/x"' in _body(page)
    assert 'id="url-error"' in _body(page)


def test_files_are_uploaded_and_the_unreadable_one_is_named(
    adas: Client, workspace: Workspace
) -> None:
    files = [
        SimpleUploadedFile("terms.pdf", papers.pdf("We ship.")),
        SimpleUploadedFile("scan.pdf", papers.pdf("")),
    ]

    page = adas.post("/knowledge/new/file/", {"file": files})

    assert page.status_code == 422
    assert "scan.pdf: This PDF has no text: it may be scanned." in _body(page)
    assert "1 added already. Send only the others again." in _body(page)
    assert workspace.documents.get().name == "terms.pdf"


def test_documents_lie_in_folders(adas: Client, workspace: Workspace) -> None:
    adas.post("/knowledge/new/folder/", {"name": "Shop"})
    folder = workspace.documents.get(kind=Kind.FOLDER)

    adas.post(f"/knowledge/new/text/?folder={folder.pk}", {"text": "Inside."})

    assert "Inside." in _body(adas.get(f"/knowledge/?folder={folder.pk}"))
    assert "Inside." not in _body(adas.get("/knowledge/"))
    assert "Inside." in _body(adas.get("/knowledge/?search=inside"))
    assert adas.get("/knowledge/?folder=nonsense!").status_code == 404


def test_a_document_shows_its_passages_and_is_changed(
    adas: Client, shipping: KnowledgeDocument
) -> None:
    page = _body(adas.get(f"/knowledge/{shipping.pk}/"))
    typed = {"name": "Post", "content": "By boat.", "seen": keeping.stamp(shipping)}
    adas.post(f"/knowledge/{shipping.pk}/", typed)

    assert "Norway" in page
    shipping.refresh_from_db()
    assert (shipping.name, shipping.content) == ("Post", "By boat.")
    assert shipping.passages.get().text == "By boat."


def test_an_empty_name_is_refused_and_the_text_stays(
    adas: Client, shipping: KnowledgeDocument
) -> None:
    page = adas.post(f"/knowledge/{shipping.pk}/", {"name": " ", "content": "By boat."})

    assert page.status_code == 422
    assert "By boat." in _body(page)


def test_a_file_is_downloaded_and_replaced(adas: Client, workspace: Workspace, ada: User) -> None:
    made = keeping.add(workspace, ada, from_file(b"<b>Old</b>", "a.html"))

    file = adas.get(f"/knowledge/{made.pk}/file/")
    adas.post(f"/knowledge/{made.pk}/replace/", {"file": SimpleUploadedFile("b.md", b"New.")})
    refused = adas.post(f"/knowledge/{made.pk}/replace/", {})

    assert file.content == b"<b>Old</b>"
    assert file["Content-Disposition"] == 'attachment; filename="a.html"'
    assert file["Content-Type"] == "application/octet-stream"
    made.refresh_from_db()
    assert (made.filename, made.content) == ("b.md", "New.")
    assert refused.status_code == 422


def test_a_document_is_deleted_and_its_agents_do_without(
    adas: Client, shipping: KnowledgeDocument, agent: Agent, ada: User
) -> None:
    attach(agent, shipping, ada)

    adas.post(f"/knowledge/{shipping.pk}/delete/", {"force": "1"})

    assert not KnowledgeDocument.objects.exists()
    told = Agent.objects.get(pk=agent.pk).told
    assert told.part("agent", "prompt", "knowledge_base") == []


def test_an_agent_is_given_documents_and_they_are_taken_away(
    adas: Client, shipping: KnowledgeDocument, agent: Agent
) -> None:
    path = f"/agents/{agent.pk}/knowledge/"
    adas.post(f"{path}{shipping.pk}/add/")
    given = _body(adas.get(path))
    shown = _body(adas.get(f"/agents/{agent.pk}/"))
    adas.post(f"{path}remove/", {"document": shipping.pk})

    assert "It knows all of them already" in given
    assert path in shown
    told = Agent.objects.get(pk=agent.pk).told
    assert (told.number, told.part("agent", "prompt", "knowledge_base")) == (3, [])
    assert told.part("agent", "prompt", "prompt") == "Be kind."


def test_what_a_page_says_cannot_run_on_ours(adas: Client, workspace: Workspace, ada: User) -> None:
    text = b"Hi [x](javascript:alert(1)) <script>alert(1)</script>"
    made = keeping.add(workspace, ada, from_file(text, "<script>.md"), Shelf("<script>x"))

    page = _body(adas.get(f"/knowledge/{made.pk}/"))

    assert "<script>alert" not in page
    assert "<script>x" not in page
    assert 'href="javascript' not in page


def test_viewers_look_and_change_nothing(
    viewers: Client, shipping: KnowledgeDocument, agent: Agent
) -> None:
    assert viewers.get("/knowledge/").status_code == 200
    assert "You are a viewer" in _body(viewers.get(f"/knowledge/{shipping.pk}/"))
    for path in (
        "/knowledge/new/text/",
        f"/knowledge/{shipping.pk}/",
        f"/knowledge/{shipping.pk}/delete/",
        f"/agents/{agent.pk}/knowledge/{shipping.pk}/add/",
    ):
        assert viewers.post(path, {"text": "x", "name": "x", "content": "x"}).status_code == 403
    assert KnowledgeDocument.objects.get().name == "Shipping"


def test_cleo_sees_and_changes_nothing(
    cleos: Client, shipping: KnowledgeDocument, agent: Agent
) -> None:
    assert "Shipping" not in _body(cleos.get("/knowledge/?search=ship"))
    assert cleos.get(f"/knowledge/{shipping.pk}/").status_code == 404
    assert cleos.get(f"/knowledge/{shipping.pk}/file/").status_code == 404
    assert cleos.get(f"/agents/{agent.pk}/knowledge/").status_code == 404
    for deed in ("", "delete/", "refresh/", "replace/"):
        assert cleos.post(f"/knowledge/{shipping.pk}/{deed}").status_code == 404
    assert cleos.post(f"/agents/{agent.pk}/knowledge/{shipping.pk}/add/").status_code == 404
    assert KnowledgeDocument.objects.get().name == "Shipping"
