"""Text to the word pieces that BERT-like models read (uncased), without a tokenizer library."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_VOCABULARY = Path(__file__).parent / "assets" / "minilm-vocabulary.txt"
_LONGEST_WORD = 100  # longer ones count as unknown, as in the original
_START, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


@cache
def vocabulary() -> dict[str, int]:
    pieces = _VOCABULARY.read_text(encoding="utf-8").split("\n")
    return {piece: number for number, piece in enumerate(pieces) if piece}


def encode(text: str, most: int) -> list[int]:
    """The ids of the text's pieces between the start and end marks, `most` of them at the most."""
    known = vocabulary()
    ids = [known[_START]]
    for word in words(text):
        ids.extend(_pieces(word))
        if len(ids) >= most:
            break
    return [*ids[: most - 1], known[_END]]


def is_word(word: str) -> bool:
    """Whether the model knows this as one word, not as a heap of pieces."""
    return word.lower() in vocabulary()


def words(text: str) -> Iterator[str]:
    """Lower case, no accents; punctuation and Chinese characters stand alone."""
    spaced = "".join(_spaced(character) for character in text)
    plain = unicodedata.normalize("NFD", spaced)
    # One by one: as a whole, Python gives the Greek sigma another form at the end of a word.
    lowered = "".join(c.lower() for c in plain if unicodedata.category(c) != "Mn")
    for chunk in lowered.split():
        word = ""
        for character in chunk:
            if _is_punctuation(character):
                if word:
                    yield word
                yield character
                word = ""
            else:
                word += character
        if word:
            yield word


def _pieces(word: str) -> list[int]:
    """The longest known beginning, then the longest known rest, until nothing is left."""
    known = vocabulary()
    if len(word) > _LONGEST_WORD:
        return [known[_UNKNOWN]]
    ids: list[int] = []
    start = 0
    while start < len(word):
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            if (number := known.get(mark + word[start:end])) is not None:
                ids.append(number)
                start = end
                break
        else:
            return [known[_UNKNOWN]]
    return ids


def _spaced(character: str) -> str:
    if character in "\t\n\r":
        return " "
    if character in "\0\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co"):
        return ""
    if character.isspace():
        return " "
    return f" {character} " if _is_chinese(ord(character)) else character


def _is_chinese(code: int) -> bool:
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2CEAF
        or 0x2F800 <= code <= 0x2FA1F
    )


def _is_punctuation(character: str) -> bool:
    # ASCII symbols count too, though Unicode calls some of them something else.
    if character.isascii():
        return character.isprintable() and not character.isalnum() and character != " "
    return unicodedata.category(character).startswith("P")
