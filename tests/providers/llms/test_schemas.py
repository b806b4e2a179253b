"""JSON Schema in Gemini's small dialect."""

from __future__ import annotations

import pytest

from dashboard.providers.llms.schemas import plain


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {"type": "string", "format": "email", "examples": ["a"], "default": "x"},
            {"type": "string"},
        ),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        (
            {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "integer"}], "nullable": True},
        ),
        ({"const": "yes"}, {"type": "string", "enum": ["yes"]}),
        ({"enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        (
            {"type": "integer", "enum": [1, 2], "exclusiveMinimum": 0},
            {"type": "integer", "description": "One of: 1, 2."},
        ),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}),
        ({"description": "anything"}, {"description": "anything", "type": "string"}),
        (
            {"type": "object", "additionalProperties": False, "$schema": "x", "properties": {}},
            {"type": "object", "required": []},
        ),
        (
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                    {"properties": {"b": {"$ref": "#/$defs/B"}}, "required": ["b", "gone"]},
                ],
                "$defs": {"B": {"type": "number", "title": "B"}},
            },
            {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "number", "title": "B"}},
                "required": ["a", "b"],
            },
        ),
    ],
)
def test_only_known_words_are_left(schema, expected):
    assert plain(schema) == expected


def test_a_schema_that_holds_itself_ends():
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}

    found = plain({**node, "$defs": {"Node": node}})

    assert found["properties"]["next"]["properties"]["next"]["type"] == "object"
