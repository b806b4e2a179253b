"""Files that visitors send along."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.agents.models import Agent
from dashboard.conversations.files import LARGEST, MOST_ENTRIES
from dashboard.conversations.models import Conversation, Status, UploadedFile

from .conftest import Caller
from .talks import make_talk

pytestmark = pytest.mark.both_profiles
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def going(agent: Agent) -> Conversation:
    return make_talk(agent, status=Status.IN_PROGRESS, ended_at=None)


def send(pk: str, name: str = "cup.png", content: bytes = PNG, **parts: Any) -> Any:
    file = SimpleUploadedFile(name, content, "image/png")
    headers = {"Origin": "https://shop.example"}
    path = f"/v1/convai/conversations/{pk}/files"
    return Client(raise_request_exception=False).post(
        path, parts or {"file": file}, headers=headers
    )


def packed(name: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr(name, "<xml/>")
    return kept.getvalue()


def test_a_file_is_kept_told_and_taken_back(
    ask: Caller, stranger: Caller, going: Conversation
) -> None:
    sent = send(going.pk)
    file_id = sent.json()["file_id"]
    told = ask.get(f"/convai/conversations/{going.pk}").json()

    gone = stranger.delete(f"/convai/conversations/{going.pk}/files/{file_id}")

    assert sent.status_code == 200
    assert sent.headers["Access-Control-Allow-Origin"] == "*"
    [file] = told["files"]
    assert (file["file_id"], file["file_name"]) == (file_id, "cup.png")
    assert (file["mime_type"], file["size_bytes"]) == ("image/png", len(PNG))
    assert told["metadata"]["features_usage"]["file_input"] == {"enabled": True, "used": True}
    assert (gone.status_code, gone.json()) == (200, {"file_id": file_id})
    assert not UploadedFile.objects.exists()


def test_taking_back_comes_with_a_preflight(stranger: Caller, db: None) -> None:
    asked = stranger("OPTIONS", "/convai/conversations/conv_1/files/file_1")

    assert asked.status_code == 204
    assert "DELETE" in asked.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.bin", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a..", "image/gif"),
        ("a.webp", b"RIFF\0\0\0\0WEBP", "image/webp"),
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("a.TXT", b"Hello", "text/plain"),
        ("a.md", b"# Hi", "text/markdown"),
        ("a.csv", "navn,å".encode(), "text/csv"),
        ("a.docx", packed("word/document.xml"), "wordprocessingml.document"),
    ],
)
def test_what_it_is_is_seen_by_what_is_in_it(
    going: Conversation, name: str, content: bytes, kind: str
) -> None:
    response = send(going.pk, name, content)

    assert response.status_code == 200, response.content
    assert UploadedFile.objects.get().content_type.endswith(kind)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"MZ\x90 an executable"),
        ("a.html", b"<script>"),
        ("a.svg", b"<svg/>"),
        ("a.txt", b"\xff\xfe\x00"),
        ("a.txt", b"a\0b"),
        ("a.docx", b"PK\x03\x04 torn"),
        ("a.zip", packed("anything")),
        ("a.txt", b""),
    ],
)
def test_other_kinds_are_refused_with_a_sentence(
    going: Conversation, name: str, content: bytes
) -> None:
    response = send(going.pk, name, content)

    assert response.status_code == 400
    assert response.json()["detail"]["message"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_large_file_is_a_413(going: Conversation) -> None:
    response = send(going.pk, content=PNG + bytes(LARGEST))

    assert response.status_code == 413
    assert "20 MB" in response.json()["detail"]["message"]


def test_the_agent_says_how_many(make_agent: Callable[..., Agent]) -> None:
    limits = {"enabled": True, "max_files_per_conversation": 2}
    agent = make_agent(
        conversation_config={"conversation": {"text_only": True, "file_input": limits}}
    )
    going = make_talk(agent, status=Status.IN_PROGRESS)

    statuses = [send(going.pk).status_code for _ in range(3)]

    assert statuses == [200, 200, 400]
    assert going.files.count() == 2


def test_the_agent_says_whether_at_all(make_agent: Callable[..., Agent]) -> None:
    told = {"conversation": {"text_only": True, "file_input": {"enabled": False}}}
    going = make_talk(make_agent(conversation_config=told), status=Status.IN_PROGRESS)

    assert send(going.pk).json()["detail"]["status"] == "file_input_disabled"


def test_a_conversation_that_is_over_takes_and_loses_nothing(
    stranger: Caller, going: Conversation
) -> None:
    file_id = send(going.pk).json()["file_id"]
    Conversation.objects.update(status=Status.DONE)

    late = send(going.pk)
    lost = stranger.delete(f"/convai/conversations/{going.pk}/files/{file_id}")

    assert (late.status_code, lost.status_code) == (400, 400)
    assert late.json()["detail"]["status"] == "conversation_over"
    assert going.files.count() == 1


def test_files_go_with_their_conversation(ask: Caller, going: Conversation) -> None:
    send(going.pk)
    Conversation.objects.update(status=Status.DONE)

    ask.delete(f"/convai/conversations/{going.pk}")

    assert not UploadedFile.objects.exists()


def test_a_file_of_another_conversation_is_not_there(
    stranger: Caller, going: Conversation, agent: Agent
) -> None:
    other = make_talk(agent, status=Status.IN_PROGRESS)
    file_id = send(going.pk).json()["file_id"]

    assert stranger.delete(f"/convai/conversations/{other.pk}/files/{file_id}").status_code == 404
    assert stranger.delete(f"/convai/conversations/conv_x/files/{file_id}").status_code == 404
    assert send("conv_x").status_code == 404
    assert send("%00").status_code == 404


def test_no_file_at_all_is_a_422(going: Conversation) -> None:
    assert send(going.pk, other="text").status_code == 422


def test_a_name_has_neither_folders_nor_line_breaks(going: Conversation) -> None:
    send(going.pk, "..\\evil\u202ename.png")

    assert "\u202e" not in UploadedFile.objects.get().name
    assert "\\" not in UploadedFile.objects.get().name


def test_an_archive_of_very_many_names_is_not_opened(going: Conversation) -> None:
    crowd = packed("word/document.xml") + b"PK\x01\x02" * MOST_ENTRIES

    response = send(going.pk, "crowd.docx", crowd)

    assert response.json()["detail"]["status"] == "file_type_unsupported"
