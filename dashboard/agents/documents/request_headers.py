"""Headers of requests that the server makes for an agent: plain text, or what stands for it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import PlainValidator

POINTERS = ("secret_id", "variable_name", "env_var_label")
_PLAIN = re.compile(r"[\t\x20-\x7e]*")


def header_value(value: Any) -> Any:
    """The value, when it could be sent. Raises ValueError, whose text never quotes it."""
    match value:
        case str():
            if not _PLAIN.fullmatch(value):
                raise ValueError("A header is one line of plain ASCII characters")
        case dict() if len(value) != 1 or not any(isinstance(value.get(p), str) for p in POINTERS):
            raise ValueError(_OTHER)
        case dict():
            pass
        case _:
            raise ValueError(_OTHER)
    return value


_OTHER = f"Input should be a text, or an object with one of: {', '.join(POINTERS)}"
RequestHeaders = dict[str, Annotated[Any, PlainValidator(header_value)]]
