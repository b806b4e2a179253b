"""What a secret may be: a name that people know it by, and one line that fits into a header."""

from __future__ import annotations

LONGEST_NAME = 120
LARGEST = 10_000  # bytes of a value


def trouble_with_value(value: str) -> str:
    """Why it cannot be kept, without a word of it; empty when it can."""
    if not value.strip():
        return "Write the value: it is what the other service expects"
    if len(value.encode(errors="replace")) > LARGEST:
        return f"A value has at most {LARGEST:,} bytes"
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in value.strip()):
        return "A value is one line: it is sent as a header, which a line break would cut in two"
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        return "A value holds whole characters only"
    return ""


def trouble_with_name(name: str) -> str:
    """Why it cannot be its name; empty when it can."""
    if not name.strip():
        return "Write a name, so that you know it again"
    if len(name.strip()) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters"
    return "" if name.strip().isprintable() else "A name is one line of readable characters"
