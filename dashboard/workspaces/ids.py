"""Ids of the hosted style: a prefix, then letters and digits that sort by time of making."""

from __future__ import annotations

import re
import secrets
import time
from functools import partial

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32


def new_id(prefix: str) -> str:
    """For example `agent_01k…`: 48 bits of milliseconds, then 80 random bits."""
    value = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    digits = [_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(digits)}"


PATTERN = "[A-Za-z0-9_-]{1,64}"  # of every kind


def is_id(text: str) -> bool:
    """Whether it could be one of ours at all; a database may stumble over what else there is."""
    return bool(re.fullmatch(PATTERN, text))


# One per kind, as a default that migrations can write down.
user_id = partial(new_id, "user")
workspace_id = partial(new_id, "ws")
secret_id = partial(new_id, "secret")
key_id = partial(new_id, "key")
backend_id = partial(new_id, "llm")
webhook_id = partial(new_id, "wh")
document_id = partial(new_id, "doc")
agent_id = partial(new_id, "agent")
version_id = partial(new_id, "agtvrsn")
conversation_id = partial(new_id, "conv")
server_id = partial(new_id, "srv")
tool_id = partial(new_id, "tool")
picture_id = partial(new_id, "pic")
request_id = partial(new_id, "req")
file_id = partial(new_id, "file")
tool_run_id = partial(new_id, "run")
