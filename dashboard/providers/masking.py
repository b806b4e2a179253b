"""Secrets that the other side sends back, made unreadable in every usual way of writing them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from html.entities import codepoint2name
from itertools import groupby
from typing import Any

MASK = "[secret]"
_SHORTEST = 6  # masking shorter pieces would spoil innocent answers


def masked(text: str, secrets: Sequence[str]) -> str:
    """The text without the secrets that the other side may have sent back."""
    for pattern in _patterns(secrets):
        text = pattern.sub(MASK, text)
    return text


def masked_tree(tree: Any, secrets: Sequence[str]) -> Any:
    """The same for every text, name and number of a JSON document, in one pass over them all.

    A number that is a secret becomes a text.
    """
    texts: list[str] = []

    def gather(text: str) -> str:
        texts.append(text)
        return text

    _each(tree, gather)
    # No shape of a secret holds a zero byte, so nothing can be found across two texts.
    pieces = iter(masked("\0".join(texts), secrets).split("\0"))
    return _each(tree, lambda text: "\0".join(next(pieces) for _ in range(text.count("\0") + 1)))


def _each(tree: Any, change: Callable[[str], str]) -> Any:
    """The tree with its texts changed, always in the same order."""
    match tree:
        case dict():
            return {change(name): _each(value, change) for name, value in tree.items()}
        case list():
            return [_each(value, change) for value in tree]
        case str():
            return change(tree)
        case int() | float() if not isinstance(tree, bool):
            text = change(str(tree))
            return tree if text == str(tree) else text
    return tree


def _patterns(secrets: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """The longest first: a part must not be masked before its whole."""
    plain = {piece for secret in secrets for piece in _pieces(secret)}
    shapes = plain | {shape for piece in plain for shape in _in_base64(piece)}
    return tuple(re.compile(_written(shape)) for shape in sorted(shapes, key=len, reverse=True))


def _pieces(secret: str) -> set[str]:
    """A header's value, its credentials alone, and the parts of a login."""
    scheme, _, credentials = secret.strip().partition(" ")
    plain = {secret.strip(), credentials.strip() or scheme}
    if scheme.lower() == "basic":
        plain |= _login(credentials.strip())
    return {text for text in plain if len(text) >= _SHORTEST}


def _login(credentials: str) -> set[str]:
    try:
        login = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return set()
    return {login, login.partition(":")[2]}


def _in_base64(text: str) -> Iterator[str]:
    """What stands in base64 for the text alone, and inside a longer one: it may start at any of
    three places there, and shares a character with its neighbours at either end.
    """
    raw = text.encode("utf-8", "replace")
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        whole = base64.b64encode(b"\0" * before + raw).decode()
        core = whole[shared : (before + len(raw)) * 8 // 6]
        yield from {core, core.translate(str.maketrans("+/", "-_"))}


def _written(shape: str) -> str:
    parts = (
        _backslashes(len(list(run))) if character == "\\" else "".join(map(_one, run))
        for character, run in groupby(shape)
    )
    return "".join(parts)


def _backslashes(count: int) -> str:
    """A run of them in one atomic step: tried one by one, doubled or not, they would take for ever
    against a text that is full of them.
    """
    return rf"(?>\\{{{count},{4 * count}}}|(?i:%5c){{{count}}}|(?:&#0*92;){{{count}}})"


@lru_cache(maxsize=1024)
def _one(character: str) -> str:
    """One character as JSON, addresses and HTML write it. Letters and digits stay as they are."""
    if character.isascii() and character.isalnum():
        return character
    code = ord(character)
    utf16 = character.encode("utf-16-be", "surrogatepass").hex()
    units = [utf16[at : at + 4] for at in range(0, len(utf16), 4)]
    forms = [
        rf"\\{{0,3}}{re.escape(character)}",
        re.escape(json.dumps(character)[1:-1]),
        "".join(rf"(?i:\\{{1,3}}u{unit})" for unit in units),
        f"(?i:{_percents(character)})",
        rf"&#0*{code};",
        rf"(?i:&#x0*{code:x};)",
    ]
    if name := codepoint2name.get(code):
        forms.append(f"&{name};")
    if character == "'":
        forms.append("&apos;")
    if character == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _percents(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "replace"))
