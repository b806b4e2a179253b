"""Callers of the REST door: one with Ada's key, one with Cleo's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from dashboard.agents import revising
from dashboard.agents.models import Agent
from dashboard.conversations.models import Conversation
from dashboard.workspaces.models import User, Workspace

from .talks import make_talk


@dataclass(frozen=True)
class Caller:
    """A client that sends its key and JSON; what goes wrong on the server comes as an answer."""

    key: str = ""

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        client = Client(raise_request_exception=False)
        headers = ({"xi-api-key": self.key} if self.key else {}) | headers
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        kind = headers.pop("content_type", "application/json")
        return client.generic(method, f"/v1{path}", raw, content_type=kind, headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self("DELETE", path)


@pytest.fixture
def ask(api_key: str) -> Caller:
    return Caller(api_key)


@pytest.fixture
def cleo_asks(cleos_key: str) -> Caller:
    return Caller(cleos_key)


@pytest.fixture
def stranger(db: None) -> Caller:
    return Caller()


@pytest.fixture
def make_agent(workspace: Workspace, ada: User) -> Callable[..., Agent]:
    def make(**told: Any) -> Agent:
        told = {"conversation_config": {"conversation": {"text_only": True}}} | told
        return revising.create(workspace, ada, **told)

    return make


@pytest.fixture
def agent(make_agent: Callable[..., Agent]) -> Agent:
    return make_agent(name="Barista")


@pytest.fixture
def talk(agent: Agent) -> Conversation:
    return make_talk(agent)
