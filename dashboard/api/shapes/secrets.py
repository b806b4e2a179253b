"""Secrets by name, never by value (contract rest.md §2, §10)."""

from __future__ import annotations

from typing import Any, Literal

from . import Shape
from .tools import DependentThing


class StoredSecret(Shape):
    type: Literal["stored"]
    secret_id: str
    name: str


class SecretUses(Shape):
    tools: list[DependentThing]
    agents: list[DependentThing]
    others: list[str]
    phone_numbers: list[dict[str, Any]]
    mcp_servers: list[dict[str, Any]]
    tools_has_more: bool
    agents_has_more: bool
    phone_numbers_has_more: bool


class SecretLine(StoredSecret):
    used_by: SecretUses


class SecretsPage(Shape):
    secrets: list[SecretLine]
    next_cursor: str | None = None


class SecretDependencies(Shape):
    dependencies: list[DependentThing]
    next_cursor: str | None = None
