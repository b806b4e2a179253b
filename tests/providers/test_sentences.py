"""Sentences end where a reader would say so."""

from __future__ import annotations

import pytest

from dashboard.providers.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is open. Come in!", ["It is open.", "Come in!"]),
        ("It costs 3.50 kr. Today only.", ["It costs 3.50 kr.", "Today only."]),
        ("Ask Dr. Berg at 7 p.m. Monday.", ["Ask Dr. Berg at 7 p.m. Monday."]),
        ("Bring it, e.g. Fridays.", ["Bring it, e.g. Fridays."]),
        ("1. Grind it. 2. Pour it.", ["1. Grind it.", "2. Pour it."]),
        ("He said “no.” Then he left.", ["He said “no.”", "Then he left."]),
        ("One line\nanother line", ["One line", "another line"]),
        ("Write to a.b@c.example for more.", ["Write to a.b@c.example for more."]),
        ("開いています。来てください。", ["開いています。", "来てください。"]),
        ("", []),
    ],
)
def test_sentences_are_found(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
