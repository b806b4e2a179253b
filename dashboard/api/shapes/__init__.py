"""What answers are made of, for the OpenAPI document (contract rest.md §2): one file a resource."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """At least these keys; clients skip what they do not know."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


class AccessInfo(Shape):
    is_creator: bool
    creator_name: str
    creator_email: str
    role: str


class Done(Shape):
    """An answer that says nothing but that it was done."""
