"""Fill {{dynamic_variables}} into a text (contract rest.md §5.3)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_.]+)\s*\}\}")
SECRET_PREFIX = "secret__"  # noqa: S105  (the name of a prefix)

RESERVED_PREFIX = "system__"  # the server's own; what a client says of them is not heard
LONGEST_VALUE = 50_000  # characters
LONGEST_NAME = 200
MOST = 500  # variables of one conversation
MOST_ADDED = 50_000  # characters that variables add to one text
MOST_ADDED_TO_PROMPT = 200_000

Value = str | int | float | bool


class MissingVariable(Exception):
    """A text names a variable that has neither a value nor a fallback."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Missing required dynamic variable: {name}")
        self.name = name


class UnfitVariable(Exception):
    """A client's variable is none that can be put into a text."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"Dynamic variable '{name[:60]}' {why}.")
        self.name = name


class Overlong(UnfitVariable):
    """A text would grow too long by its variables."""

    def __init__(self, field: str, most: int) -> None:
        Exception.__init__(self, f"Variables add more than {most:,} characters to '{field[:60]}'.")
        self.name = field


class Moving(Mapping[str, Value | None]):
    """Variables of which some are worked out anew whenever they are read.

    `still`: all of them, as they were at the start: what a prompt is filled with.
    """

    def __init__(
        self, still: Mapping[str, Value | None], moving: Mapping[str, Callable[[], Value]]
    ) -> None:
        self.still = still
        self._moving = moving

    def __getitem__(self, name: str) -> Value | None:
        return self._moving[name]() if name in self._moving else self.still[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.still)

    def __len__(self) -> int:
        return len(self.still)


def check(sent: Mapping[str, Any]) -> None:
    """Whether these can be a conversation's variables. Raises UnfitVariable for the first not."""
    for number, (name, value) in enumerate(sent.items()):
        if number >= MOST:
            raise UnfitVariable(name, f"is one too many: there can be {MOST}")
        if len(name) > LONGEST_NAME:
            raise UnfitVariable(name, f"has a name of more than {LONGEST_NAME} characters")
        if not plain(value):
            raise UnfitVariable(name, "must be a text, a number or true or false")
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise UnfitVariable(name, f"has more than {LONGEST_VALUE:,} characters")


def plain(value: Any) -> bool:
    """A text, a number that JSON can write, or a boolean (contract rest.md §5.3)."""
    match value:
        case bool() | str():
            return True
        case int():
            return -(2**63) <= value < 2**64
        case float():
            return math.isfinite(value)
    return False


def names(text: str) -> set[str]:
    """The variables that a text asks for."""
    return set(PLACEHOLDER.findall(text))


def shown(value: Value | None) -> str:
    """A value as it stands in a text: booleans as JSON writes them, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def fill(
    text: str,
    values: Mapping[str, Value | None],
    *,
    secrets: bool = False,
    field: str = "text",
    most: int = MOST_ADDED,
) -> str:
    """Put the values in; `secrets` also admits `secret__…`, which only headers may carry.

    Raises MissingVariable for the first name without a value, and Overlong where the values are
    longer than `most` together: before the text is built, as one value may stand in it often.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values or (name.startswith(SECRET_PREFIX) and not secrets):
            raise MissingVariable(name)
        return shown(values[name])

    added = 0
    for match in PLACEHOLDER.finditer(text):
        added += len(value_of(match))
        if added > most:
            raise Overlong(field, most)
    return PLACEHOLDER.sub(value_of, text)
