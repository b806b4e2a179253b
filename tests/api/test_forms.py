"""Forms in odd charsets: read in a plain one, or refused, and never quoted in the log."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents.models import Agent

from .conftest import Caller

pytestmark = pytest.mark.both_profiles
FORM = "multipart/form-data; boundary=BB"
ODD = ["rot13", "hex", "zlib", "idna", "punycode", "undefined", "utf-7", "unicode_escape", "utf-16"]
SAID = b"VISITORTEXT \xff"


def _form(*fields: tuple[bytes, bytes]) -> bytes:
    parts = (
        b"--BB\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + body + b"\r\n"
        for head, body in fields
    )
    return b"".join(parts) + b"--BB--\r\n"


FILE = (b'name="file"; filename="a.txt"', b"hello")


@pytest.mark.parametrize("charset", ODD)
@pytest.mark.parametrize(
    "path", ["/convai/conversations/conv_1/files", "/convai/knowledge-base/file"]
)
def test_a_charset_that_is_no_plain_one_is_a_415(
    ask: Caller, caplog: pytest.LogCaptureFixture, charset: str, path: str
) -> None:
    body = _form((b'name="name"', SAID + rb" \ud800 +2AA-"), FILE)

    answer = ask(
        "POST", path, body, content_type=f"{FORM}; charset={charset}", **{"Idempotency-Key": "k"}
    )

    assert answer.status_code == 415
    assert "UTF-8" in answer.json()["detail"]["message"]
    assert "VISITORTEXT" not in caplog.text + str(answer.content)


@pytest.mark.parametrize(
    "charset", ["", "; charset=utf-8", "; charset=US-ASCII", '; charset="UTF-8"']
)
def test_a_field_that_is_not_text_in_its_charset_is_a_422(
    ask: Caller, caplog: pytest.LogCaptureFixture, charset: str
) -> None:
    body = _form((b'name="name"', SAID), FILE)

    answer = ask("POST", "/convai/knowledge-base/file", body, content_type=FORM + charset)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "name"]
    assert "VISITORTEXT" not in caplog.text + str(answer.content)


def test_latin_1_is_read(ask: Caller) -> None:
    body = _form((b'name="name"', "Café".encode("latin-1")), FILE)

    answer = ask(
        "POST", "/convai/knowledge-base/file", body, content_type=f"{FORM}; charset=iso-8859-1"
    )

    assert answer.json()["name"] == "Café"


@pytest.mark.parametrize(
    "head",
    [
        b"name=\"file\"; filename*=rot13''x",
        b"name=\"file\"; filename*=unicode_escape''%5cud800",
        b"name*=unicode_escape''%5cud800; filename=x",
        b"name=\"file\"; filename*=utf-7''%2b2AA-",
        b"name=\"file\"; filename*=hex''%ff",
        b"name=\"file\"; filename*=punycode''%ff-x",
    ],
)
def test_odd_names_of_files_are_no_500(
    ask: Caller, stranger: Caller, caplog: pytest.LogCaptureFixture, head: bytes
) -> None:
    body, more = _form((head, b"hello")), {"content_type": FORM, "Idempotency-Key": "k"}

    answers: list[Any] = [
        ask("POST", "/convai/knowledge-base/file", body, **more),
        stranger("POST", "/convai/conversations/conv_1/files", body, **more),
    ]

    assert all(answer.status_code < 500 for answer in answers)
    assert not caplog.records


def test_json_says_nothing_about_the_charset_of_the_query(ask: Caller, agent: Agent) -> None:
    answer = ask(
        "POST",
        f"/convai/agents/{agent.pk}/duplicate",
        {},
        content_type="application/json; charset=rot13",
    )

    assert answer.status_code == 200
