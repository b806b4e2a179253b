"""Files and pages over REST: read, refused readably, given back (contract rest.md §12)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from dashboard.knowledge.models import KnowledgeDocument
from tests.knowledge import papers
from tests.stand_ins.beside import beside
from tests.stand_ins.loopback import Canned, loopback

from .conftest import Caller

pytestmark = pytest.mark.both_profiles

BASE = "/convai/knowledge-base"


def _send(ask: Caller, content: bytes, called: str = "a.txt", **more: Any) -> Any:
    return _form(ask, "POST", f"{BASE}/file", content, called, **more)


def _form(
    ask: Caller, method: str, path: str, content: bytes, called: str = "a.txt", **more: Any
) -> Any:
    form = {"file": SimpleUploadedFile(called, content, "application/octet-stream"), **more}
    body = encode_multipart(BOUNDARY, form)
    return ask(method, path, body, content_type=MULTIPART_CONTENT)


def test_a_pdf_is_read_and_given_back(ask: Caller) -> None:
    content = papers.pdf("We ship on Mondays.")
    made = _send(ask, content, "terms.pdf", name="Terms").json()

    told = ask.get(f"{BASE}/{made['id']}").json()
    address = ask.get(f"{BASE}/{made['id']}/source-file-url").json()["signed_url"]
    parts = urlsplit(address)
    file = Client().get(f"{parts.path}?{parts.query}")

    assert (told["type"], told["name"], told["filename"]) == ("file", "Terms", "terms.pdf")
    assert told["metadata"]["size_bytes"] == len(content)
    assert told["extracted_inner_html"] == "<p>We ship on Mondays.</p>\n"
    assert file.content == content
    assert file["Content-Disposition"] == 'attachment; filename="terms.pdf"'
    assert file["X-Content-Type-Options"] == "nosniff"
    assert file["Content-Type"] == "application/octet-stream"


def test_a_file_is_replaced(ask: Caller) -> None:
    pk = _send(ask, b"Old words.").json()["id"]

    answer = _form(ask, "PATCH", f"{BASE}/{pk}/update-file", b"New words.", "b.md")

    assert answer.json()["filename"] == "b.md"
    chunks = ask.get(f"{BASE}/{pk}/chunks?embedding_model=x").json()["chunks"]
    assert [one["content"] for one in chunks] == ["New words."]


def test_a_signature_opens_one_file_only(ask: Caller, stranger: Caller) -> None:
    one, other = (_send(ask, b"words").json()["id"] for _ in range(2))
    address = ask.get(f"{BASE}/{one}/source-file-url").json()["signed_url"]
    signature = urlsplit(address).query

    assert stranger.get(f"{BASE}/{other}/source-file?{signature}").status_code == 404
    assert stranger.get(f"{BASE}/{one}/source-file?{signature}x").status_code == 404
    assert stranger.get(f"{BASE}/{one}/source-file").status_code == 404


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\terms.txt", "terms.txt"),
        ("n" * 400 + ".txt", None),
        ("\u202etxt.exe", "txt.exe"),
        ("a\tb\x7f.txt", None),
        ('qu"ote;.txt', None),
    ],
)
def test_odd_names_do_no_harm(ask: Caller, name: str, kept: str | None) -> None:
    answer = _send(ask, b"words", name)

    assert answer.status_code == 200
    document = KnowledgeDocument.objects.get(pk=answer.json()["id"])
    assert kept is None or document.filename == kept
    assert len(document.filename) <= 300
    assert document.filename.isprintable()
    address = ask.get(f"{BASE}/{document.pk}/source-file-url").json()["signed_url"]
    parts = urlsplit(address)
    assert Client().get(f"{parts.path}?{parts.query}").status_code == 200


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (papers.pdf(""), "scanned"),
        (b"%PDF-1.4 broken", "damaged"),
        (papers.BOMB, "unpacks"),
        (b"\0\1\2\3" * 20, "no text"),
    ],
)
def test_what_cannot_be_read_names_the_file(ask: Caller, content: bytes, reason: str) -> None:
    answer = _send(ask, content)

    assert answer.status_code == 422
    error = answer.json()["detail"][0]
    assert error["loc"] == ["body", "file"]
    assert reason in error["msg"]
    assert not KnowledgeDocument.objects.exists()


def test_a_file_that_is_too_large_names_the_field(ask: Caller, settings: LazySettings) -> None:
    settings.MAX_UPLOAD_MB = 1

    answer = _send(ask, b"x" * (1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["detail"]["param"]) == (413, "file")


def test_a_large_file_comes_by_way_of_the_disk(ask: Caller) -> None:
    assert _send(ask, b"word " * 800_000).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"--x", "multipart/form-data; boundary=x", 422),
        (b"junk", "multipart/form-data", 400),
        (b"junk", "multipart/form-data; boundary=" + "y" * 300, 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--x--',
            "multipart/form-data; boundary=x",
            422,
        ),
    ],
)
def test_a_broken_form_is_refused(ask: Caller, body: bytes, kind: str, status: int) -> None:
    answer = ask("POST", f"{BASE}/file", body, content_type=kind)

    assert answer.status_code == status
    assert answer.json()["detail"]


def test_nul_in_a_form_is_refused(ask: Caller) -> None:
    assert _send(ask, b"words", name="a\0b").status_code == 422


def test_only_files_get_another_file(ask: Caller) -> None:
    pk = ask.post(f"{BASE}/text", {"text": "x"}).json()["id"]

    assert _form(ask, "PATCH", f"{BASE}/{pk}/update-file", b"x").status_code == 400
    assert ask.get(f"{BASE}/{pk}/source-file-url").json()["detail"]["status"] == "no_source_file"
    file = _send(ask, b"x").json()["id"]
    assert ask.patch(f"{BASE}/{file}/update-file", {}).status_code == 415
    assert ask.post(f"{BASE}/{file}/refresh", {}).status_code == 400


def test_cleo_cannot_replace_a_file(ask: Caller, cleo_asks: Caller) -> None:
    pk = _send(ask, b"Old words.").json()["id"]

    assert _form(cleo_asks, "PATCH", f"{BASE}/{pk}/update-file", b"New.").status_code == 404
    assert KnowledgeDocument.objects.get(pk=pk).content == "Old words."


# --- Pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/", "127.0.0.1"),
        ("http://169.254.169.254/latest/meta-data", ""),
        ("file:///etc/passwd", "http://"),
        ("http://ada:secret@host.example/", "password"),
        ("nonsense", "http://"),
        ("http://[::1]:9/", ""),
        ("http://xn--/", "address"),
        ("http://host.example:0/", "address"),
        ("http://host.example/\x01", "address"),
    ],
)
def test_addresses_inside_are_not_fetched(ask: Caller, url: str, reason: str) -> None:
    answer = ask.post(f"{BASE}/url", {"url": url})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "url"]
    assert reason in answer.json()["detail"][0]["msg"]


HTML = (("Content-Type", "text/html; charset=utf-8"),)


def _serve(settings: LazySettings, *answers: Canned) -> Any:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    return beside(loopback(*answers))


def test_a_page_is_read_and_read_again(ask: Caller, settings: LazySettings) -> None:
    newer = papers.PAGE.replace(b"Mondays", b"Fridays")
    with _serve(settings, Canned(papers.PAGE, headers=HTML), Canned(newer, headers=HTML)) as site:
        made = ask.post(f"{BASE}/url", {"url": f"{site.url}/shipping"}).json()
        before = ask.get(f"{BASE}/{made['id']}").json()
        after = ask.post(f"{BASE}/{made['id']}/refresh", {}).json()

    assert (before["type"], before["name"]) == ("url", "Shipping · Harbour")
    assert before["url"].endswith("/shipping")
    assert "Mondays" in before["extracted_inner_html"]
    assert "Fridays" in after["extracted_inner_html"]
    chunks = ask.get(f"{BASE}/{made['id']}/chunks?embedding_model=x").json()["chunks"]
    assert chunks[0]["content"] == "We ship on Fridays."


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Canned(b"gone", status=404, headers=HTML), "404"),
        (Canned(papers.pdf("x"), headers=(("Content-Type", "application/pdf"),)), "as a file"),
        (Canned(status=302, headers=(("Location", "/again"),)), "redirects more than"),
        (Canned(status=302, headers=(("Location", "http://10.0.0.1/"),)), "10.0.0.1"),
        (Canned(b"<html><body></body></html>", headers=HTML), "no text"),
        (Canned(b"<html>", headers=HTML, cut=True), ""),
    ],
)
def test_a_page_that_cannot_be_had_says_why(
    ask: Caller, settings: LazySettings, answer: Canned, reason: str
) -> None:
    with _serve(settings, answer) as site:
        told = ask.post(f"{BASE}/url", {"url": site.url})

    assert told.status_code == 422
    assert reason in told.json()["detail"][0]["msg"]


def test_a_page_that_is_gone_leaves_what_was_read(ask: Caller, settings: LazySettings) -> None:
    gone = Canned(status=500, headers=HTML)
    with _serve(settings, Canned(papers.PAGE, headers=HTML), gone) as site:
        made = ask.post(f"{BASE}/url", {"url": site.url, "name": "Post"}).json()
        answer = ask.post(f"{BASE}/{made['id']}/refresh", {})

    assert (answer.status_code, answer.json()["detail"]["status"]) == (400, "not_refreshed")
    assert "Mondays" in ask.get(f"{BASE}/{made['id']}").json()["extracted_inner_html"]
