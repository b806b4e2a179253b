"""Whatever JSON is sent as a document: it fits or is Unfit, and never anything else."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.agents.documents import (
    ConversationConfig,
    Document,
    PlatformSettings,
    Unfit,
    Workflow,
    checked,
    filled,
)
from dashboard.agents.documents.tools import ClientTool, ResponseMock, SystemTool, WebhookTool

ODD: list[Any] = [
    None, True, 0, -1, 1.5, 10**20, "", "x", [], {}, [[]], [{}], [None],
    {"type": []}, {"type": {}}, {"type": None}, {"preference": []}, {"x": {"type": [[]]}},
    [{"type": {}}], {"properties": []}, {"name": {}}, {"params": []},
]  # fmt: skip
API = {
    "url": "https://shop.example",
    "request_headers": {"X": "y"},
    "path_params_schema": {"id": {"type": "string"}},
    "request_body_schema": {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "string"}}},
    },
}
WEBHOOK = {"type": "webhook", "name": "w", "description": "d", "api_schema": API}
CLIENT = {"type": "client", "name": "c", "description": "d", "parameters": {"type": "object"}}
SYSTEM = {"type": "system", "name": "end_call", "params": {"system_tool_type": "end_call"}}
PROMPT = {
    "tools": [WEBHOOK, CLIENT, SYSTEM],
    "built_in_tools": {"end_call": SYSTEM},
    "backup_llm_config": {"preference": "override", "order": ["x"]},
    "custom_llm": {"url": "https://llm.example", "request_headers": {"X": {"secret_id": "s"}}},
    "knowledge_base": [{"type": "text", "name": "n", "id": "i"}],
}
AGENT = {"agent": {"prompt": PROMPT}, "language_presets": {"de": {"overrides": {"agent": {}}}}}
SETTINGS = {
    "widget": {"avatar": {"type": "url"}, "end_feedback": {"type": "rating"}},
    "data_collection": {"a": {"type": "string"}},
    "evaluation": {
        "criteria": [{"id": "i", "name": "n", "conversation_goal_prompt": "p"}],
    },
    "guardrails": {"custom": {"config": {"configs": [{"name": "n", "prompt": "p"}]}}},
    "workspace_overrides": {
        "conversation_initiation_client_data_webhook": {
            "url": "https://shop.example",
            "request_headers": {},
        }
    },
    "auth": {"allowlist": [{"hostname": "shop.example"}]},
}
WORKFLOW = {
    "nodes": {"a": {"type": "override_agent", "label": "x"}, "b": {"type": "tool", "tools": []}},
    "edges": {"e": {"source": "a", "target": "b", "forward_condition": {"type": "llm"}}},
}
KINDS: list[tuple[type[Document], dict[str, Any]]] = [
    (ConversationConfig, AGENT),
    (PlatformSettings, SETTINGS),
    (Workflow, WORKFLOW),
    (WebhookTool, WEBHOOK),
    (ClientTool, CLIENT),
    (SystemTool, SYSTEM),
    (ResponseMock, {"parameter_conditions": [], "mock_result": ""}),
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "preference", "name", "items", "a"]), inner)
    ),
    max_leaves=8,
)


def _places(document: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [place for name, part in inner for place in [(*way, name), *_places(part, (*way, name))]]


def _with(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(document)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return changed


def _tried(kind: type[Document], document: Any) -> None:
    with suppress(Unfit):
        checked(kind, document)
    filled(kind, document)  # as an older version may have kept it


@pytest.mark.parametrize(("kind", "sample"), KINDS)
def test_an_odd_value_at_any_place_is_unfit_at_most(
    kind: type[Document], sample: dict[str, Any]
) -> None:
    if kind in (ConversationConfig, PlatformSettings, Workflow):
        sample = filled(kind, sample)

    for place in _places(sample):
        for value in ODD:
            try:
                checked(kind, _with(sample, place, value))
            except Unfit:
                continue


@pytest.mark.parametrize(("kind", "sample"), KINDS[:3])
@settings(max_examples=60, deadline=None)
@given(choice=st.integers(min_value=0), value=JSON_VALUES)
def test_any_json_at_any_place_is_unfit_at_most(
    kind: type[Document], sample: dict[str, Any], choice: int, value: Any
) -> None:
    places = _places(sample)

    _tried(kind, _with(sample, places[choice % len(places)], value))


@pytest.mark.parametrize("kind", [[], {}, [[]], 1, True])
def test_an_avatar_of_no_kind_is_unfit(kind: Any) -> None:
    with pytest.raises(Unfit) as refused:
        checked(PlatformSettings, {"widget": {"avatar": {"type": kind}}})

    assert refused.value.errors[0]["loc"][:2] == ["widget", "avatar"]


@pytest.mark.parametrize(
    "value",
    ["Bearer é", "two\nlines", "\0", {}, [], None, 1, {"x": "y"}, {"secret_id": {"sk_live": 1}},
     {"secret_id": "s", "sk_live": {}}, {"sk_live_text": {"a": 1}}],
)  # fmt: skip
def test_a_header_is_one_plain_line_or_names_a_secret(value: Any) -> None:
    headers = {"request_headers": {"Authorization": value}}
    llm = {"agent": {"prompt": {"custom_llm": {"url": "https://a.example"} | headers}}}
    hook = {"url": "https://a.example"} | headers
    inline = {"agent": {"prompt": {"tools": [WEBHOOK | {"api_schema": API | headers}]}}}
    start = {"conversation_initiation_client_data_webhook": hook}

    for kind, document in (
        (ConversationConfig, llm),
        (ConversationConfig, inline),
        (PlatformSettings, {"workspace_overrides": start}),
    ):
        with pytest.raises(Unfit) as refused:
            checked(kind, document)  # type: ignore[type-var]
        assert refused.value.errors[0]["loc"][-2:] == ["request_headers", "Authorization"]
        assert "sk_live" not in str(refused.value.errors)
