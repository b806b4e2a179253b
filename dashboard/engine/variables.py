"""Fill {{dynamic_variables}} into a text (contract rest.md §5.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_.]+)\s*\}\}")
SECRET_PREFIX = "secret__"  # noqa: S105  (the name of a prefix)

Value = str | int | float | bool


class MissingVariable(Exception):
    """A text names a variable that has neither a value nor a fallback."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Missing required dynamic variable: {name}")
        self.name = name


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


def fill(text: str, values: Mapping[str, Value | None], *, secrets: bool = False) -> str:
    """Put the values in; `secrets` also admits `secret__…`, which only headers may carry.

    Raises MissingVariable for the first name without a value.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values or (name.startswith(SECRET_PREFIX) and not secrets):
            raise MissingVariable(name)
        return shown(values[name])

    return PLACEHOLDER.sub(value_of, text)
