"""What is sent comes back, whole; and sending back what came changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.agents import revising
from dashboard.agents.documents import agent_document, merged, same
from dashboard.agents.documents.document import mended
from dashboard.agents.documents.prompt import Prompt
from dashboard.agents.models import Agent
from dashboard.workspaces.models import User, Workspace

DEFAULTS = json.loads((Path(__file__).parent / "default_tree.json").read_text())
SERVER = "https://parley.example"

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(-1e6, 1e6, width=32)  # PostgreSQL writes larger ones as whole numbers
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2)
    ),
    max_leaves=6,
)
unknown = st.dictionaries(st.sampled_from(["from_later", "next_year"]), trees, max_size=2)


@st.composite
def bodies(draw: Any) -> dict[str, Any]:
    """Known fields with odd values, and unknown ones on every level."""
    prompt = {
        "prompt": draw(st.sampled_from(["", "Be kind.", None])),
        "temperature": draw(st.sampled_from([None, 0, 0.0, 1, 1.5])),
        "rag": draw(st.none() | unknown),
        "custom_llm": draw(st.none() | unknown.map(lambda more: {"url": "https://x", **more})),
        "built_in_tools": {"end_call": draw(st.none() | unknown), "skip_turn": None},
        "backup_llm_config": {"preference": "override", "order": ["gpt-4o"]},
        **draw(unknown),
    }
    hosts = draw(st.lists(st.sampled_from(["a.example", "A.example", "b.example:8"]), max_size=3))
    return {
        "conversation_config": {
            "agent": {"prompt": prompt, "first_message": None, **draw(unknown)},
            "language_presets": {"de": {"overrides": draw(unknown)}},
            "tts": draw(st.none() | unknown),
            **draw(unknown),
        },
        "platform_settings": {
            "auth": {"allowlist": [{"hostname": host, **draw(unknown)} for host in hosts]},
            "data_collection": {"a": {"type": "string", "enum": draw(st.sampled_from([None, []]))}},
            "widget": {"show_avatar_when_collapsed": None, **draw(unknown)},
            **draw(unknown),
        },
        "workflow": draw(
            st.none() | unknown.map(lambda more: {"nodes": {"s": {"type": "start", **more}}})
        ),
        "other": draw(unknown),
    }


def test_every_default_of_the_contract_is_told(workspace: Workspace, ada: User) -> None:
    told = agent_document(revising.create(workspace, ada))

    for part, tree in DEFAULTS.items():
        assert told[part] == tree


@pytest.mark.both_profiles
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=bodies())
def test_the_document_that_was_read_changes_nothing_when_it_is_sent_back(
    workspace: Workspace, ada: User, body: dict[str, Any]
) -> None:
    agent = revising.create(workspace, ada, **body)
    before = _read(agent)

    top = {name: before[name] for name in ("from_later", "next_year") if name in before}
    revising.revise(agent, {**before, "other": top}, ada)

    assert _read(agent) == before
    assert agent.versions.count() == 1


@given(body=bodies())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_unknown_fields_come_back_from_every_level(
    workspace: Workspace, ada: User, body: dict[str, Any]
) -> None:
    told = _read(revising.create(workspace, ada, **body))

    for sent, got in (
        (body["other"], told),
        (body["conversation_config"], told["conversation_config"]),
        (body["conversation_config"]["agent"], told["conversation_config"]["agent"]),
        (body["platform_settings"], told["platform_settings"]),
        (body["platform_settings"]["widget"], told["platform_settings"]["widget"]),
    ):
        for name in ("from_later", "next_year"):
            assert (name in got) == (name in sent)
            assert same(got.get(name), sent.get(name))


def test_entries_of_named_settings_are_replaced_one_by_one(workspace: Workspace, ada: User) -> None:
    fields = {"a": {"type": "string", "enum": ["x"]}, "b": {"type": "number"}}
    agent = revising.create(workspace, ada, platform_settings={"data_collection": fields})

    change = {"a": {"type": "boolean"}, "b": None, "c": {"type": "integer"}}
    revising.revise(agent, {"platform_settings": {"data_collection": change}}, ada)

    told = _read(agent)["platform_settings"]["data_collection"]
    assert {name: (field["type"], field["enum"]) for name, field in told.items()} == {
        "a": ("boolean", None),
        "c": ("integer", None),
    }


def test_another_kind_of_avatar_keeps_nothing_of_the_one_before(
    workspace: Workspace, ada: User
) -> None:
    agent = revising.create(workspace, ada)
    for avatar in ({"type": "orb", "color_1": "#111111"}, {"type": "url", "custom_url": "x"}):
        revising.revise(agent, {"platform_settings": {"widget": {"avatar": avatar}}}, ada)

    assert _read(agent)["platform_settings"]["widget"]["avatar"] == {
        "type": "url",
        "custom_url": "x",
    }


def test_a_null_that_stands_there_stays_and_others_are_taken_away() -> None:
    assert merged({"a": None, "b": 1}, {"a": None, "b": None, "c": None}) == {"a": None}


def test_one_and_true_are_not_the_same_and_one_and_one_point_nought_are() -> None:
    assert same({"a": [1, {"b": 1}]}, {"a": [1.0, {"b": 1.0}]})
    assert not same({"a": 1}, {"a": True})
    assert not same([1], [1, 1])


def test_what_no_longer_fits_reads_as_the_default() -> None:
    stored = {
        "temperature": 9,
        "prompt": "Kept",
        "knowledge_base": [{"id": 1}, {"type": "text", "name": "n", "id": "d"}],
        "tools": [{"type": "webhook", "name": "x y"}],
    }

    assert mended(Prompt, stored) == {
        "prompt": "Kept",
        "knowledge_base": [{"type": "text", "name": "n", "id": "d"}],
        "tools": [],
    }


def _read(agent: Agent) -> dict[str, Any]:
    found = Agent.objects.listed().get(pk=agent.pk)
    told: dict[str, Any] = json.loads(json.dumps(agent_document(found, server=SERVER)))
    return told
