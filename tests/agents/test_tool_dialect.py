"""The dashboard's list form of tools comes out in the REST form, and the REST form as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.agents.documents import Unfit
from dashboard.agents.tool_dialect import in_rest_form

FOLDER = Path(__file__).parent.parent / "tools"
NAMES = sorted(path.name.removesuffix(".list.json") for path in FOLDER.glob("*.list.json"))


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


@pytest.mark.parametrize("name", NAMES)
def test_a_published_tool_document_comes_out_in_the_rest_form(name: str) -> None:
    assert in_rest_form(read(f"{name}.list.json")) == read(f"{name}.rest.json")


@pytest.mark.parametrize("name", NAMES)
def test_a_document_in_the_rest_form_stays_as_it_is(name: str) -> None:
    assert in_rest_form(read(f"{name}.rest.json")) == read(f"{name}.rest.json")


def test_all_nine_published_tools_are_there() -> None:
    assert len(NAMES) == 9


def body(**schema: Any) -> Any:
    found = in_rest_form({"type": "webhook", "api_schema": {"request_body_schema": schema}})
    return found["api_schema"]["request_body_schema"]


def headers(sent: Any) -> Any:
    found = in_rest_form({"type": "webhook", "api_schema": {"request_headers": sent}})
    return found["api_schema"]["request_headers"]


def test_properties_that_are_named_like_parts_of_a_schema_survive() -> None:
    words = {"type": "string", "description": "x", "dynamic_variable": "", "constant_value": ""}
    schema = {
        "type": "object",
        "properties": {name: dict(words) for name in ("id", "properties", "required", "items")},
        "required": ["id"],
    }

    assert body(**schema) == schema


def test_the_value_type_says_which_source_is_kept() -> None:
    sources = {"description": "d", "constant_value": "c", "dynamic_variable": "v"}
    kinds = ("llm_prompt", "constant", "dynamic_variable")

    found = body(
        id="body",
        type="object",
        required=False,
        properties=[{"id": k, "type": "string", "value_type": k, **sources} for k in kinds],
    )

    assert found == {
        "type": "object",
        "required": [],
        "properties": {
            "llm_prompt": {"type": "string", "description": "d"},
            "constant": {"type": "string", "constant_value": "c"},
            "dynamic_variable": {"type": "string", "dynamic_variable": "v"},
        },
    }


def test_the_two_forms_may_be_mixed() -> None:
    found = body(
        type="object",
        required=["a"],
        properties={
            "a": {"type": "object", "properties": [{"id": "b", "type": "string"}]},
            "c": {"type": "string", "description": "x", "required": True},
        },
    )

    assert found == {
        "type": "object",
        "required": ["a", "c"],
        "properties": {
            "a": {"type": "object", "properties": {"b": {"type": "string"}}, "required": []},
            "c": {"type": "string", "description": "x"},
        },
    }


def test_every_kind_of_header_is_known() -> None:
    sent = [
        {"type": "secret", "name": "A", "secret_id": "YOUR SECRET"},
        {"type": "value", "name": "B", "value": "text/csv"},
        {"type": "dynamic_variable", "name": "C", "dynamic_variable": "user_id"},
        {"type": "dynamic_variable", "name": "D", "variable_name": "user_id"},
        {"type": "env_var", "name": "E", "env_var_label": "region"},
        {"name": "F", "secret_id": "secret_1"},
        {"type": "secret", "name": "G", "secret_id": None},
    ]

    assert headers(sent) == {
        "A": {"secret_id": "YOUR SECRET"},
        "B": "text/csv",
        "C": {"variable_name": "user_id"},
        "D": {"variable_name": "user_id"},
        "E": {"env_var_label": "region"},
        "F": {"secret_id": "secret_1"},
        "G": {"secret_id": ""},
    }


def test_the_parameters_of_a_client_tool_may_be_a_list() -> None:
    found = in_rest_form(
        {"type": "client", "parameters": [{"id": "path", "type": "string", "required": True}]}
    )

    assert found["parameters"] == {
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
    }


UNCLEAR: list[tuple[Any, list[Any]]] = [
    ({"path_params_schema": ["x"]}, ["path_params_schema", 0]),
    ({"path_params_schema": [{"type": "string"}]}, ["path_params_schema", 0, "id"]),
    ({"query_params_schema": [{"id": "a"}, {"id": "a"}]}, ["query_params_schema", 1, "id"]),
    ({"request_headers": [{"type": "value", "value": "a"}]}, ["request_headers", 0, "name"]),
    (
        {"request_headers": [{"type": "secret", "name": "A", "secret_id": 7}]},
        ["request_headers", 0, "secret_id"],
    ),
    (
        {"request_headers": [{"name": "A", "value": "a"}, {"name": "A", "value": "b"}]},
        ["request_headers", 1, "name"],
    ),
]


@pytest.mark.parametrize(("api", "place"), UNCLEAR)
def test_what_cannot_be_told_apart_is_named(api: Any, place: list[Any]) -> None:
    with pytest.raises(Unfit) as refused:
        in_rest_form({"api_schema": api}, "tool_config")

    assert refused.value.errors[0]["loc"] == ["tool_config", "api_schema", *place]


def test_endless_nesting_is_refused() -> None:
    schema: Any = {"type": "string"}
    for _ in range(200):
        schema = {"type": "array", "items": schema}

    with pytest.raises(Unfit, match="items"):
        body(type="object", properties={"a": schema})


_KEYS = st.sampled_from(
    [
        *("id", "name", "type", "properties", "required", "items", "value_type", "description"),
        *("constant_value", "dynamic_variable", "secret_id", "value", "x"),
    ]
)
_WORDS = st.sampled_from(
    ["", "object", "array", "string", "secret", "value", "constant", "llm_prompt", "a", "b"]
)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)
_PARTS = ("path_params_schema", "query_params_schema", "request_body_schema", "request_headers")
_API = st.fixed_dictionaries({}, optional=dict.fromkeys(_PARTS, _ANY))
_TOOLS = _ANY | st.fixed_dictionaries({"api_schema": _API}, optional={"parameters": _ANY})


@settings(max_examples=300, deadline=None)
@given(_TOOLS)
def test_garbage_is_refused_by_place_or_comes_out_the_same_twice(sent: Any) -> None:
    before = json.dumps(sent)
    try:
        once = in_rest_form(sent)
        twice, places = in_rest_form(once), []
    except Unfit as unfit:
        once = twice = None
        places = [error["loc"] for error in unfit.errors]

    assert once == twice
    assert all(places)
    assert json.dumps(sent) == before
