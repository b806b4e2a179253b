"""Our word pieces are those of the library that the model was trained with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.providers import wordpiece

# Made once with the `tokenizers` package 0.23.3 from the model's own tokenizer.json, 256 at most.
ORACLE = json.loads((Path(__file__).parent / "wordpieces.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "ids"), ORACLE)
def test_the_pieces_are_the_same(text: str, ids: list[int]) -> None:
    assert wordpiece.encode(text, 256) == ids


def test_a_visitor_cannot_write_the_marks_of_the_model() -> None:
    inner = wordpiece.encode("[SEP] [CLS] [MASK]", 256)[1:-1]

    assert not {101, 102, 103} & set(inner)


def test_a_name_is_no_word_of_the_model() -> None:
    assert wordpiece.is_word("Coffee")
    assert not wordpiece.is_word("Yirgacheffe")
