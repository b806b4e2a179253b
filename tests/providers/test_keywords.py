"""Searching by words: how rare, how many, and which of them are codes, quotes or names."""

from __future__ import annotations

import pytest

from dashboard.providers.keywords import Keywords

TEXTS = [
    "Parcels to Norway take four days.",
    "Parcels with article HS-0412 are wrapped by Signe.",
    "Brewing takes four minutes, with 250g of water.",
]


def known(word: str) -> bool:
    return word != "signe"


def best(scores: list[float]) -> int:
    return max(range(len(scores)), key=lambda at: scores[at])


def test_rare_words_weigh_more_than_frequent_ones() -> None:
    keywords = Keywords(TEXTS)

    scores = keywords.bm25("four parcels brewed")

    assert best(scores) == 2


def test_a_share_counts_what_no_text_has() -> None:
    keywords = Keywords(TEXTS)

    assert keywords.share("brewing minutes")[2] == pytest.approx(1)
    assert 0 < keywords.share("brewing minutes on Mars")[2] < 1
    assert keywords.share("is it with you?") == [0, 0, 0]


@pytest.mark.parametrize("query", ["hs-0412?", "who wraps: Signe?", "«are wrapped by»", "Signe"])
def test_codes_names_and_quotes_are_exact(query: str) -> None:
    assert Keywords(TEXTS).exact(query, known) == [0, 1, 0]


@pytest.mark.parametrize("query", ["four days", "250g of water", "signed parcels", "at 7pm"])
def test_ordinary_words_and_measures_are_not_exact(query: str) -> None:
    assert Keywords(TEXTS).exact(query, known) == [0, 0, 0]


def test_no_texts_give_no_scores() -> None:
    assert Keywords([]).bm25("anything") == []
    assert Keywords([]).exact("HS-0412", known) == []
