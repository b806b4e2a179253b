"""A model's family by its name: revisions and the prefixes of gateways aside."""

from __future__ import annotations

import re

_REVISION = re.compile(
    r"(-v\d)?@\d{8}$|-v1$|-\d{4}-\d\d-\d\d$|-\d{8}$|-preview-\d\d-\d{2,4}$"
    r"|(?<=turbo)-\d{4}$|(?<=gpt-4)-\d{4}$|-00\d$"
)


def family(model: str) -> str:
    """`gpt-4o` of `gpt-4o-2024-08-06`, and of a gateway's `openai/gpt-4o`."""
    return _REVISION.sub("", model.rpartition("/")[2])
