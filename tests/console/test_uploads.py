"""Uploads that cannot be read: the word stands beside the field, on the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.workspaces.models import User, Workspace

NEW = "/knowledge/new/file/"


def files(*names: str) -> dict[str, list[SimpleUploadedFile]]:
    return {"file": [SimpleUploadedFile(name, b"Beans.") for name in names]}


def beside_the_field(answer: Any) -> str:
    assert answer.status_code == 422
    return str(answer.content.decode().split('id="file-error"')[1].split("</p>")[0])


def test_too_many_files_are_counted_beside_the_field(adas: Client, workspace: Workspace) -> None:
    answer = adas.post(NEW, files(*[f"{number}.md" for number in range(101)]))

    assert "at most 100 files" in beside_the_field(answer)
    assert "Choose a file" not in answer.content.decode()
    assert not workspace.documents.exists()


def test_a_name_that_is_too_long_is_said_beside_the_field(
    adas: Client, workspace: Workspace
) -> None:
    disposition = f'Content-Disposition: form-data; name="file"; filename="{"n" * 1_100}.md"'
    body = f"--x\r\n{disposition}\r\n\r\nBeans.\r\n--x--\r\n"

    answer = adas.generic("POST", NEW, body, content_type="multipart/form-data; boundary=x")

    assert "200 characters" in beside_the_field(answer)
    assert not workspace.documents.exists()


def test_an_upload_from_elsewhere_is_refused(ada: User, workspace: Workspace) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post(NEW, files("a.md")).status_code == 403
    assert client.post(NEW, files(*[f"{n}.md" for n in range(101)])).status_code == 422
    assert not workspace.documents.exists()


def test_only_members_who_may_edit_see_the_form_again(viewers: Client, db: None) -> None:
    many = [f"{n}.md" for n in range(101)]

    assert viewers.post(NEW, files(*many)).status_code == 403
    assert Client().post(NEW, files(*many)).status_code == 302


def test_another_form_that_cannot_be_read_is_a_page(adas: Client) -> None:
    answer = adas.post("/settings/api-keys/", files(*[f"{n}.md" for n in range(101)]))

    assert answer.status_code == 400
    assert "This could not be read" in answer.content.decode()


def test_the_page_promises_what_one_request_may_hold(adas: Client) -> None:
    assert "20 MB in one go" in adas.get(NEW).content.decode()


@pytest.mark.parametrize(
    "path", ["/knowledge/new/text/", "/tools/new/", "/settings/webhooks/", "/settings/models/"]
)
def test_a_form_in_a_charset_with_half_characters_is_not_understood(
    adas: Client, path: str
) -> None:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n\\ud800\r\n'
        for name in ("name", "text", "url", "model")
    ]
    kind = "multipart/form-data; boundary=x; charset=unicode_escape"

    answer = adas.generic("POST", path, "".join(parts) + "--x--\r\n", content_type=kind)

    assert answer.status_code == 400
    assert "This could not be read" in answer.content.decode()
