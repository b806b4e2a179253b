"""What agents name by id: tools, documents, secrets."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from dashboard.agents import revising
from dashboard.agents.models import Agent, AgentTag, Need, Needed
from dashboard.agents.needs import dependents, needs_of
from dashboard.workspaces.models import User, Workspace

pytestmark = pytest.mark.both_profiles

PROMPT: dict[str, Any] = {
    "tool_ids": ["tool_1"],
    "knowledge_base": [{"type": "text", "name": "Menu", "id": "doc_1"}],
    "custom_llm": {"url": "https://x", "api_key": {"secret_id": "secret_1"}},
    "tools": [
        {
            "type": "webhook",
            "name": "look",
            "description": "",
            "api_schema": {
                "url": "https://x",
                "request_headers": {"Authorization": {"secret_id": "secret_2"}},
            },
        }
    ],
}
HOOK = {"url": "https://x", "request_headers": {"A": {"secret_id": "secret_3"}}}
EVERYTHING: dict[str, Any] = {
    "conversation_config": {"agent": {"prompt": PROMPT}},
    "platform_settings": {
        "workspace_overrides": {"conversation_initiation_client_data_webhook": HOOK}
    },
    "workflow": {
        "nodes": {
            "a": {"type": "tool", "tools": [{"tool_id": "tool_2"}]},
            "b": {"type": "override_agent", "label": "B", "additional_tool_ids": ["tool_3"]},
        }
    },
}
NAMED = {
    (Needed.TOOL, "tool_1"),
    (Needed.TOOL, "tool_2"),
    (Needed.TOOL, "tool_3"),
    (Needed.DOCUMENT, "doc_1"),
    (Needed.SECRET, "secret_1"),
    (Needed.SECRET, "secret_2"),
    (Needed.SECRET, "secret_3"),
}


def rows(agent: Agent) -> set[tuple[Needed, str]]:
    return {(Needed(kind), name) for kind, name in agent.needs.values_list("kind", "named_id")}


def test_everything_named_is_found_on_every_level() -> None:
    assert needs_of(EVERYTHING) == NAMED


@pytest.mark.parametrize(
    "odd",
    [
        None,
        5,
        {"tool_ids": "tool_1", "knowledge_base": {"id": "x"}, "secret_id": {"type": "string"}},
        {"tool_ids": [None, "", "x" * 65], "knowledge_base": [1, {"id": 2}, {}]},
        {"dynamic_variable_placeholders": {"secret_id": "the visitor's"}},
    ],
)
def test_what_only_looks_like_an_id_is_none(odd: Any) -> None:
    assert needs_of(odd) == set()


def test_an_agent_needs_what_it_is_told_today(workspace: Workspace, ada: User) -> None:
    agent = revising.create(workspace, ada, **EVERYTHING)
    assert rows(agent) == NAMED

    change = {"agent": {"prompt": {"tool_ids": ["tool_9"], "tools": None}}}
    revising.revise(agent, {"conversation_config": change, "workflow": None}, ada)

    assert rows(agent) == {
        (Needed.TOOL, "tool_9"),
        (Needed.DOCUMENT, "doc_1"),
        (Needed.SECRET, "secret_1"),
        (Needed.SECRET, "secret_3"),
    }


def test_dependents_live_in_the_same_workspace(workspace: Workspace, ada: User, cleo: User) -> None:
    hers = cleo.memberships.get().workspace
    agent, gone = (revising.create(workspace, ada, **EVERYTHING) for _ in range(2))
    revising.create(hers, cleo, **EVERYTHING)
    revising.retire(gone, ada)

    assert list(dependents(workspace, Needed.TOOL, "tool_1")) == [agent]
    assert list(dependents(workspace, Needed.SECRET, "tool_1")) == []
    assert not Need.objects.filter(agent=gone).exists()


def test_agents_of_before_get_their_rows(workspace: Workspace, ada: User) -> None:
    agent = revising.create(workspace, ada, tags=["x", "y"], **EVERYTHING)
    Need.objects.all().delete()
    AgentTag.objects.all().delete()
    Agent.objects.update(voice_id="")
    fill = importlib.import_module("dashboard.agents.migrations.0003_rows_of_old_agents").fill

    fill(apps, connection.schema_editor())

    assert rows(agent) == NAMED
    assert list(Agent.objects.all().tagged("x", "y")) == [agent]
    assert not Agent.objects.all().tagged("x", "z").exists()
