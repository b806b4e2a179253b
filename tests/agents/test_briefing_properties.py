"""Whatever a client sends first: it starts, or is refused by name, and what is kept says it all."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.agents import initiating, overriding
from dashboard.agents.briefing import (
    Occasion,
    OverrideRefused,
    Wishes,
    brief_of,
    kept,
    longest_message,
    values_for,
    wishes_again,
    wishes_of,
)
from dashboard.agents.initiating import Fetched, FetchFailed
from dashboard.agents.models import AgentVersion
from dashboard.agents.wishes import EXTRA_BODY, LEAVES, placed
from dashboard.engine.brief import Brief
from dashboard.engine.variables import MissingVariable, UnfitVariable

from .test_briefing_variables import NOON

PRESETS = {"nl": {"overrides": {"agent": {"first_message": "Hallo, {{name}}!"}}}}
CONFIG = {"agent": {"first_message": "Hi {{name}}!"}, "language_presets": PRESETS}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | st.just("nl"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = sorted(LEAVES | {"agent", "agent.prompt", "tts", "agent.mood", "weather"})
secret = st.sampled_from(["secret__token", "secret__pin"])
variables = st.dictionaries(
    texts | secret | st.sampled_from(["name", "system__agent_id"]), odd, max_size=4
)


@st.composite
def frames(draw: st.DrawFn) -> dict[str, Any]:
    tree: dict[str, Any] = draw(
        st.sampled_from([{}, {"text_only": True}, {"agent": {}, "tts": {}}])
    )
    body: Any = {}
    for name, value in draw(st.dictionaries(st.sampled_from(names), odd, max_size=4)).items():
        if name == EXTRA_BODY:
            body = value
        else:
            tree = placed(tree, name.split("."), value)
    return {
        "type": "conversation_initiation_client_data",
        "conversation_config_override": tree,
        "custom_llm_extra_body": body,
        "dynamic_variables": draw(variables),
        "source_info": {"source": "js_sdk", "version": "1.25.0"},
    }


def in_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def told(allowed: bool) -> AgentVersion:
    tree: dict[str, Any] = {}
    for name in LEAVES - {EXTRA_BODY}:
        tree = placed(tree, name.split("."), allowed)
    overrides = {"conversation_config_override": tree, EXTRA_BODY: allowed}
    return AgentVersion(
        id="v1",
        agent_id="agent_1",
        conversation_config=CONFIG,
        platform_settings={"overrides": overrides},
    )


def started(version: AgentVersion, wishes: Wishes) -> Brief:
    overriding.check(version, wishes)
    this = overriding.told(version, wishes)
    values = values_for(version, wishes, Occasion("conv_1", NOON))
    longest_message(this, values)
    return brief_of(this, wishes, values)


@settings(max_examples=300, deadline=None)
@given(frames(), st.booleans())
def test_anything_a_client_sends_starts_or_is_refused_by_name(
    frame: dict[str, Any], allowed: bool
) -> None:
    outcome: Any
    try:
        outcome = started(told(allowed), wishes_of(frame))
    except (OverrideRefused, UnfitVariable, MissingVariable) as refusal:
        outcome = refusal

    if isinstance(outcome, Brief):
        spoken = (outcome.instructions, outcome.first_message, outcome.language)
        assert all(isinstance(text, str) for text in spoken)
    else:
        assert outcome.name[:60] in str(outcome)


@settings(max_examples=300, deadline=None)
@given(frames())
def test_without_leave_no_wish_changes_what_the_agent_says(frame: dict[str, Any]) -> None:
    frame["dynamic_variables"] = {"name": "Ada"}
    try:
        brief = started(told(False), wishes_of(frame))
    except OverrideRefused:
        return

    assert brief == started(told(False), Wishes(variables={"name": "Ada"}))


@settings(max_examples=300, deadline=None)
@given(frames())
def test_what_is_kept_of_a_start_gives_the_same_wishes_and_no_secret(frame: dict[str, Any]) -> None:
    wishes = wishes_of(frame)
    secrets = {n: v for n, v in wishes.variables.items() if n.startswith("secret__")}

    stored = json.loads(in_json(kept(wishes, frame)))

    assert wishes_again(stored, secrets) == wishes
    assert all(stored["dynamic_variables"][name] == "" for name in secrets)


@settings(max_examples=200, deadline=None)
@given(frames(), frames())
def test_what_the_owners_server_adds_is_kept_with_the_rest(
    frame: dict[str, Any], answer: dict[str, Any]
) -> None:
    fetched = initiating.read(in_json(answer))
    if isinstance(fetched, FetchFailed):
        return
    try:
        overriding.check(told(True), wishes_of(frame))
    except (OverrideRefused, UnfitVariable):
        return

    wishes = initiating.merged(wishes_of(frame), fetched)

    secrets = {n: v for n, v in wishes.variables.items() if n.startswith("secret__")}
    assert wishes_again(kept(wishes, frame), secrets) == wishes


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | odd.map(in_json) | frames().map(in_json))
def test_whatever_the_owners_server_answers_is_read_or_named(content: bytes) -> None:
    heard = initiating.read(content)

    assert isinstance(heard, Fetched) or heard.reason.startswith("The initiation webhook's ")
