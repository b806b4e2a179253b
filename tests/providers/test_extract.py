"""What is written in files of every kind; and what is said about those that cannot be read."""

from __future__ import annotations

import pytest

from dashboard.providers import extract as module
from dashboard.providers.extract import Unreadable, extract
from tests.knowledge import papers


def test_a_page_keeps_its_headings_and_loses_its_menu() -> None:
    found = extract(papers.PAGE)

    assert found.title == "Shipping · Harbour"
    assert found.text == "# Shipping\n\nWe ship on Mondays.\n\n## Norway\n\n- Four days"


def test_a_pdf_is_read_page_by_page() -> None:
    assert extract(papers.pdf("We ship.", "Four days."), filename="a.txt").text == (
        "We ship.\n\nFour days."
    )


def test_a_word_file_keeps_headings_lists_and_tables() -> None:
    assert extract(papers.word()).text == (
        "# Returns\n\nWithin 30 days.\n\n- In the box\n\n| Zone | Price |\n|---|---|\n| EU | 4 |"
    )


def test_a_book_is_read_in_the_order_of_its_chapters() -> None:
    found = extract(papers.book())

    assert found.title == "Brewing"
    assert found.text.index("chapter One") < found.text.index("chapter Two")


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ("Crème brûlée".encode(), "", "Crème brûlée"),
        ("Crème brûlée".encode("cp1252"), "", "Crème brûlée"),
        ("Crème".encode("utf-16"), "", "Crème"),
        ("Привет".encode("koi8-r"), "text/plain; charset=koi8-r", "Привет"),
        (b"\xef\xbb\xbfHi\r\nthere", "", "Hi\nthere"),
        (b'{"a": [1, 2]}', "application/json", '{"a": [1, 2]}'),
        (b"zone,price\nEU,4\n", "text/csv", "zone,price\nEU,4\n"),
        (b"BMW and a < b", "text/html", "BMW and a < b"),
    ],
)
def test_plain_texts_are_read_in_their_charset(content: bytes, kind: str, text: str) -> None:
    assert extract(content, content_type=kind).text == text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"  ", "empty"),
        (papers.pdf("", ""), "may be scanned"),
        (b"%PDF-1.7 nothing of the kind", "damaged"),
        (b"PK\x03\x04 nothing of the kind", "damaged"),
        (papers.packed({"word/document.xml": b"<broken"}), "damaged"),
        (papers.packed({"a.txt": b"hi"}), "archive"),
        (papers.packed({"xl/workbook.xml": b""}), "CSV"),
        (papers.BOMB, "unpacks to more"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".docx"),
        (bytes(range(32)) * 9, "no text"),
        (b"<html><body><script>go()</script></body></html>", "no text"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        extract(content)


def test_an_entity_in_a_book_opens_no_file_of_ours() -> None:
    container = b"""<!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>
    <container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
    <rootfile full-path="&x;"/></rootfiles></container>"""

    with pytest.raises(Unreadable, match=r"damaged"):
        extract(papers.packed({"META-INF/container.xml": container}))


def test_too_much_text_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"5,000,000"):
        extract(b"word " * 1_000_001)


def test_the_reading_process_sees_nothing_of_our_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARLEY_SECRET_KEYS", "hush")

    assert "PARLEY_SECRET_KEYS" not in module._surroundings()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<!-- a --> <!-- b\n --><!DOCTYPE html><p>Hi", "page"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>\n<!----><HTML>", "page"),
        (b"<!-- a -->hello", "text"),
        (b"<!-- never ended <html>", "text"),
        (b"<htmlx>", "text"),
    ],
)
def test_a_page_is_known_by_how_it_begins(content: bytes, kind: str) -> None:
    assert module._kind(content, "", "") == kind


def test_what_is_no_text_is_told_all_that_can_be_read() -> None:
    with pytest.raises(Unreadable) as trouble:
        extract(bytes(range(32)) * 9)

    for name in ("Text", "Markdown", "HTML", "PDF", "Word", "EPUB", "CSV", "JSON"):
        assert name in str(trouble.value)
