"""Where a model is, what it is called there, and who typed that in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Backend:
    """One model behind one address.

    `url`: empty for the vendor's own. `trusted`: the operator set it up; what a member typed in
    goes through the guarded client, which also lets through what `allow` opens. `extra_body`:
    fields that go into each request as they are. `owner`: the workspace that brings it, empty for
    the operator's. `at_once`: requests that this process may have open there; 0: any number.
    """

    kind: str
    model: str
    url: str = ""
    api_key: str = field(default="", repr=False)
    trusted: bool = True
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    extra_body: tuple[tuple[str, Any], ...] = field(default=(), repr=False)
    allow: tuple[str, ...] = ()
    owner: str = ""
    at_once: int = 0

    def base(self, usual: str) -> str:
        return (self.url or usual).rstrip("/")

    @property
    def who(self) -> str:
        """For sentences: the model and who was asked, without path, name or password."""
        try:
            host = urlsplit(self.url).hostname or self.kind
        except ValueError:
            host = self.kind
        return f"{self.model} ({host})"
