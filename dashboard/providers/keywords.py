"""Search by words (BM25): for codes, quotes and names, and for all when there are no vectors."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{2,80})[\"”“»]")
# Each repetition begins with a mark: else a long word could be divided in endlessly many ways.
_PLAIN = re.compile(r"\b[A-Za-z0-9]+(?:[_./-][A-Za-z0-9]+)*\b")
_LETTER, _DIGIT = re.compile("[A-Za-z]"), re.compile("[0-9]")
_MEASURE = re.compile(r"\d+(?:[.,]\d+)?(?:st|nd|rd|th|[a-z]{1,3})")  # 250g, 7pm, 1st: no codes
# Words that say nothing about what is asked.
_EMPTY = frozenset(
    """
    a about am an and any are as at be been but by can could d did do does for from get had has
    have he her hers him his how i if im in into is it its just ll me my no not of off on or our
    ours out please re s she should so some t than that the their them then there these they
    this those to too u up us ve was we were what when where which who whom whose why will with
    would you your yours tell know want need like may might must shall one
    """.split()  # noqa: SIM905 (word by word in quotes nobody could read it)
)
_K1, _B = 1.2, 0.75


class Keywords:
    """The words of some texts, and how rare each one is."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = [text.casefold() for text in texts]
        self._held: dict[str, dict[int, int]] = defaultdict(dict)
        self._lengths: list[int] = []
        for at, text in enumerate(texts):
            counted = Counter(stems(text))
            self._lengths.append(sum(counted.values()))
            for stem, times in counted.items():
                self._held[stem][at] = times
        self._usual = sum(self._lengths) / len(self._lengths) if self._lengths else 1.0

    def bm25(self, query: str) -> list[float]:
        """How well each text answers to the words, by the usual formula."""
        scores = [0.0] * len(self._texts)
        for stem in set(stems(query)):
            for at, times in self._held.get(stem, {}).items():
                long = 1 - _B + _B * self._lengths[at] / self._usual
                scores[at] += self._rarity(stem) * times * (_K1 + 1) / (times + _K1 * long)
        return scores

    def share(self, query: str) -> list[float]:
        """Which part of the query's words each text has, rare words counting more (0 to 1)."""
        wanted = {stem: self._rarity(stem) for stem in stems(query)}
        whole = sum(wanted.values())
        shares = [0.0] * len(self._texts)
        for stem, rarity in wanted.items():
            for at in self._held.get(stem, {}):
                shares[at] += rarity / whole
        return shares

    def exact(self, query: str, is_word: Callable[[str], bool]) -> list[float]:
        """Which part of the query's codes, quotes and unknown names each text has (0 to 1)."""
        terms = [*_codes(query), *(quote.casefold() for quote in _QUOTED.findall(query))]
        holders = [[at for at, text in enumerate(self._texts) if term in text] for term in terms]
        unknown = {stem(name) for name in _names(query) if not is_word(name)}
        few = max(2, len(self._texts) // 50)
        names = (self._held.get(stem, {}) for stem in unknown)
        holders.extend(list(held) for held in names if 0 < len(held) <= few)
        shares = [0.0] * len(self._texts)
        for held in holders:
            for at in held:
                shares[at] += 1 / len(holders)
        return shares

    def _rarity(self, stem: str) -> float:
        held = len(self._held.get(stem, {}))
        return math.log(1 + (len(self._texts) - held + 0.5) / (held + 0.5))


def stems(text: str) -> list[str]:
    """The words that mean something, without their endings."""
    return [stem(word) for word in _words(text)]


def stem(word: str) -> str:
    """English endings off, roughly: `delivered`, `delivers` and `delivery` need not all meet."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word.removesuffix(ending) + instead
    return word


def _words(text: str) -> list[str]:
    found = (word.casefold().replace("’", "'") for word in _WORD.findall(text))
    return [word for word in found if word.split("'")[0] not in _EMPTY]


def _names(query: str) -> list[str]:
    """What is written as a name; the first word only when it stands alone."""
    spelled = _WORD.findall(query)
    capital = [word for word in spelled[1:] or spelled if word[0].isupper()]
    return _words(" ".join(capital))


def _codes(query: str) -> list[str]:
    return [word.casefold() for word in _PLAIN.findall(query) if _is_code(word)]


def _is_code(word: str) -> bool:
    mixed = _LETTER.search(word) and _DIGIT.search(word)
    return bool(mixed) and not _MEASURE.fullmatch(word)
