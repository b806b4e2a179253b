"""The text of an answer, whatever charset it claims."""

from __future__ import annotations

import pytest

from dashboard.providers.charsets import readable


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("blå".encode("latin-1"), "text/plain; charset=ISO-8859-1", "blå"),
        ("blå".encode("cp1252"), 'text/html; charset="windows-1252"; x=y', "blå"),
        ("日本".encode("shift_jis"), "text/plain; charset=Shift_JIS", "日本"),
        ("blå".encode(), "text/plain", "blå"),
        (b"bl\xff", "text/plain; charset=utf-8", "bl\ufffd"),
    ],
)
def test_a_well_known_charset_is_read(content: bytes, content_type: str, text: str) -> None:
    assert readable(content, content_type) == text


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("unicode_escape", rb"\ud800x"),
        ("raw_unicode_escape", rb"\ud800x"),
        ("utf-7", b"+2AA-"),
        ("punycode", b"x-"),
        ("idna", b"x"),
        ("undefined", b"x"),
        ("hex", b"41"),
        ("zlib", b"x"),
        ("no such one", b"x"),
        ("\0", b"x"),
    ],
)
def test_any_other_charset_is_read_as_utf_8(charset: str, content: bytes) -> None:
    assert readable(content, f"text/plain; charset={charset}") == content.decode()


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "utf-32-le", "gb18030"])
def test_no_charset_yields_half_a_character(charset: str) -> None:
    halves = b"\xed\xa0\x80 \x00\xd8 \x00\xd8\x00\x00 \x81\x30\x84\x36\x83\x36\xc7\x38"

    readable(halves, f"text/plain; charset={charset}").encode()
