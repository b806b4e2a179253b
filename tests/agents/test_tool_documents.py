"""Tool documents: what the model is told of them, and what they are refused for."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.agents.tool_documents import (
    ClientTool,
    FromSecret,
    SystemTool,
    WebhookTool,
    read,
    tools_of,
)
from dashboard.agents.tool_schemas import NotATool
from dashboard.engine.turns import ToolKind


def webhook(**api: Any) -> dict[str, Any]:
    schema = {"url": "https://shop.example/orders", **api}
    return {
        "type": "webhook",
        "name": "order",
        "description": "Finds an order.",
        "api_schema": schema,
    }


def told(document: dict[str, Any]) -> Any:
    tool = read(document)
    assert tool is not None
    return tool.spec.parameters


# One of each kind: what the model fills, and what it is never asked.
FIELDS = {
    "text": {"type": "string", "description": "What the visitor wrote."},
    "shop": {"type": "string", "constant_value": "harbour"},
    "user": {"type": "string", "dynamic_variable": "user_id"},
    "trace": {"type": "string", "is_system_provided": True},
    "old": {"type": "string", "is_omitted": True, "description": "Once used."},
    "fixed": {"type": "object", "properties": {"a": {"type": "integer", "constant_value": 0}}},
    "rows": {
        "type": "array",
        "description": "Lines.",
        "items": {
            "type": "object",
            "properties": {
                "count": {"type": ["integer", "null"], "description": "How many."},
                "kind": {"type": "string", "constant_value": "line"},
            },
            "required": ["count", "kind"],
        },
    },
    "way": {"type": "string", "description": "How.", "enum": ["post", "boat"]},
}


def test_the_model_is_told_only_what_it_fills() -> None:
    body = {"type": "object", "properties": FIELDS, "required": [*FIELDS]}

    assert told(webhook(method="POST", request_body_schema=body)) == {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "What the visitor wrote."},
            "rows": {
                "type": "array",
                "description": "Lines.",
                "items": {
                    "type": "object",
                    "properties": {
                        "count": {"type": ["integer", "null"], "description": "How many."}
                    },
                    "required": ["count"],
                },
            },
            "way": {"type": "string", "enum": ["post", "boat"], "description": "How."},
        },
        "required": ["text", "rows", "way"],
    }


def test_path_query_and_body_become_one_flat_list_without_clashes() -> None:
    words = {"type": "string", "description": "x"}
    document = webhook(
        url="https://shop.example/{id}/{undescribed}?limit=100",
        method="POST",
        path_params_schema={"id": words, "not_in_the_address": words},
        query_params_schema={"properties": {"id": words, "filter[age]": words}, "required": ["id"]},
        request_body_schema={"type": "object", "properties": {"id": words}, "required": ["id"]},
    )

    tool = read(document)

    assert isinstance(tool, WebhookTool)
    assert tool.names == {
        ("path", "id"): "id",
        ("path", "undescribed"): "undescribed",
        ("query", "id"): "query_id",
        ("query", "filter[age]"): "filter_age_",
        ("body", "id"): "body_id",
    }
    assert tool.spec.parameters["required"] == ["id", "undescribed", "query_id", "body_id"]


def test_headers_keep_their_sources_and_the_wire_keeps_its_own() -> None:
    wires = ["Host", "Content-Length", "transfer-encoding", "Connection", "Upgrade", "TE"]
    headers: dict[str, Any] = {"Authorization": {"secret_id": "secret_1"}, "X-Plain": "a"}
    headers |= dict.fromkeys(wires, "evil.example")

    tool = read(webhook(request_headers=headers))

    assert isinstance(tool, WebhookTool)
    assert tool.headers == {"Authorization": FromSecret("secret_1"), "X-Plain": "a"}
    assert tool.secret_ids == {"Authorization": "secret_1"}


def test_a_client_tool_is_read() -> None:
    parameters = {
        "type": "object",
        "properties": {"path": {"type": "string", "description": "Where."}},
    }
    document = {"type": "client", "name": "go", "description": "Goes.", "parameters": parameters}

    tool = read({**document, "expects_response": True, "response_timeout_secs": 999})

    assert isinstance(tool, ClientTool)
    assert tool.spec.kind is ToolKind.CLIENT
    assert tool.expects_response
    assert tool.timeout == 120


def config(*tools: Any, built_in: Any = None, **more: Any) -> dict[str, Any]:
    prompt = {"tools": list(tools), "built_in_tools": built_in or {}}
    return {"agent": {"language": "nb", "prompt": prompt}, **more}


def test_built_in_tools_know_the_agents_languages() -> None:
    built_in = {
        "end_call": {"name": "end_call", "params": {"system_tool_type": "end_call"}},
        "language_detection": {"description": "Switch."},
        "skip_turn": None,
    }

    found = tools_of(config(built_in=built_in, language_presets={"en": {}, "de": {}}))

    assert [t.spec.name for t in found.tools] == ["end_call", "language_detection"]
    detection = found.tools[1].spec
    assert detection.description == "Switch."
    assert detection.parameters["properties"]["language"]["enum"] == ["nb", "en", "de"]


def test_language_detection_without_a_second_language_is_left_out() -> None:
    assert tools_of(config(built_in={"language_detection": {}})).tools == ()


def test_a_system_tool_of_the_old_form_is_known_by_its_name() -> None:
    tool = read({"type": "system", "name": "skip_turn", "description": ""})

    assert isinstance(tool, SystemTool)
    assert tool.spec.kind is ToolKind.SYSTEM


def test_of_two_tools_with_one_name_the_first_counts() -> None:
    found = tools_of(config(webhook(), {**webhook(), "description": "Second."}))

    assert [t.spec.description for t in found.tools] == ["Finds an order."]


BAD: list[tuple[Any, str]] = [
    ("order", "not described by an object"),
    ({"type": "webhook", "name": "two words"}, "1 to 64 letters"),
    ({"type": "mcp", "name": "files"}, "kind 'mcp' are kept, but not run"),
    ({"type": "system", "name": "transfer_to_number"}, "kept, but not run"),
    (webhook(url=""), "no address"),
    (webhook(method="TRACE"), "TRACE is not a method"),
    (webhook(request_headers={"X": {"env_var_label": "A"}}), "neither a text, a secret nor"),
    (webhook(request_headers={"X:\n": "a"}), "not the name of a header"),
    (
        webhook(method="POST", request_body_schema=["x"]),
        "request_body_schema.0: Input should be an object",
    ),
    (webhook(query_params_schema={"properties": ["x"]}), "properties.0: Input should be an object"),
    (webhook(query_params_schema={"properties": {"x": {"type": "date"}}}), "'date' is not a type"),
    (
        webhook(
            query_params_schema={"properties": {"x": {"type": "number", "constant_value": "a"}}}
        ),
        "a constant must be a number",
    ),
]


@pytest.mark.parametrize(("document", "why"), BAD)
def test_a_document_that_cannot_be_run_says_why(document: Any, why: str) -> None:
    with pytest.raises(NotATool, match=why):
        read(document)


def test_endless_nesting_is_refused() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(40):
        schema = {"type": "object", "properties": {"a": schema}}

    with pytest.raises(NotATool, match="levels deep"):
        read(webhook(method="POST", request_body_schema=schema))


def test_a_bad_tool_does_not_take_the_others_along() -> None:
    found = tools_of(config("nonsense", {"type": "mcp", "name": "files"}, webhook()))

    assert [t.spec.name for t in found.tools] == ["order"]
    assert [trouble.split(":")[0] for trouble in found.troubles] == [
        "The tool number 1 cannot be used",
        "The tool files cannot be used",
    ]


@pytest.mark.parametrize("broken", [{}, {"agent": []}, {"agent": {"prompt": {"tools": 3}}}])
def test_a_document_without_tools_has_none(broken: dict[str, Any]) -> None:
    assert tools_of(broken).tools == ()
