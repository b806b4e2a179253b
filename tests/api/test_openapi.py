"""The OpenAPI document: valid, complete, and as strict as the strictest client."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from dashboard import __version__
from dashboard.api.door import door
from dashboard.api.openapi import document

from .conftest import Caller
from .isolation.routes import Route, routes

CONTRACT = Path(__file__).parent / "contract"
REQUIRED = json.loads((CONTRACT / "required_keys.json").read_text())
PROMISES = json.loads((CONTRACT / "routes.json").read_text())
SHOWN = [pytest.param(one, id=str(one)) for one in routes() if one.about.include_in_schema]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return document(door)


def test_the_document_is_public_and_valid(stranger: Caller) -> None:
    answer = stranger.get("/openapi.json")

    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    validate(answer.json())


def test_a_document_that_has_not_changed_is_not_sent_again(stranger: Caller) -> None:
    tag = stranger.get("/openapi.json").headers["ETag"]

    assert stranger.get("/openapi.json", **{"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("route", SHOWN)
def test_a_route_says_what_it_answers(route: Route, told: dict[str, Any]) -> None:
    operation = told["paths"][f"/v1{route.path}"][route.method.lower()]
    answers = (route.about.openapi_extra or {}).get("responses")

    assert answers, f"{route} does not say what it answers: add **tells(…) to it (api/telling.py)"
    assert {str(code) for code in answers} <= {*operation["responses"]}
    assert operation["summary"] != route.about.view_func.__name__.title().replace("_", " "), (
        f"{route} says nothing about itself: begin its function with a docstring"
    )
    assert bool(operation["security"]) is not route.public


def test_operation_ids_are_unique_and_plain(told: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in _operations(told)]

    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch("[a-z][a-z_]+", name)] == []


def test_what_is_described_is_used(told: dict[str, Any]) -> None:
    used = set(re.findall(r'"#/components/(\w+/[\w.-]+)"', json.dumps(told)))
    there = {
        f"{section}/{name}"
        for section, parts in told["components"].items()
        for name in parts
        if section != "securitySchemes"
    }

    assert there - used == set()


def test_every_promised_route_is_there_or_comes_with_its_engine(told: dict[str, Any]) -> None:
    promised = {_plain(route) for route in PROMISES["promised"]}
    later = {_plain(route) for some in PROMISES["with_their_engine"].values() for route in some}
    there = {_plain(route) for route, _ in _operations(told)}

    assert promised - there - later == set()
    assert later & there == set(), "these are here: take them from contract/routes.json"
    assert later <= promised


def test_every_required_key_of_the_contract_is_required_here(told: dict[str, Any]) -> None:
    there = {_plain(route): operation for route, operation in _operations(told)}
    missing = []
    for route, places in REQUIRED.items():
        if _plain(route) not in there:
            continue
        answer = _answer(there[_plain(route)])
        for place, keys in places.items():
            for shape in _at(answer, place, told):
                lacking = [key for key in keys if key not in shape.get("required", ())]
                lacking += [key for key in keys if _may_be_null(shape, key, told)]
                missing += [f"{route} {place}: {key}" for key in lacking]
            if not list(_at(answer, place, told)):
                missing.append(f"{route} {place}: nothing is said")

    assert missing == []


def test_every_route_with_required_keys_was_promised() -> None:
    assert {_plain(route) for route in REQUIRED} <= {_plain(one) for one in PROMISES["promised"]}


def _operations(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path.removeprefix('/v1')}", operation


def _plain(route: str) -> str:
    """Whatever its parameters are called."""
    return re.sub(r"{\w+}", "{}", route)


def _answer(operation: dict[str, Any]) -> dict[str, Any]:
    answers = operation["responses"].items()
    good = next((one for code, one in answers if code.startswith("2")), {})
    return good.get("content", {}).get("application/json", {}).get("schema", {})  # type: ignore[no-any-return]


def _at(schema: dict[str, Any], place: str, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The shapes at a place such as `results[].tool<webhook>`: [] items, {} values, <type>."""
    shapes = [*_kinds(schema, told)]
    for step in re.findall(r"\w+|\[\]|\{\}|<\w+>", place):
        shapes = [one for shape in shapes for one in _step(shape, step, told)]
    yield from (shape for shape in shapes if shape.get("type") != "null")


def _step(shape: dict[str, Any], step: str, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if step == "[]":
        yield from _kinds(shape.get("items", {}), told)
    elif step == "{}":
        yield from _kinds(shape.get("additionalProperties") or {}, told)
    elif step.startswith("<"):
        if f'"{step.strip("<>")}"' in json.dumps(shape.get("properties", {}).get("type", {})):
            yield shape
    elif step in shape.get("properties", {}):
        yield from _kinds(shape["properties"][step], told)


def _kinds(schema: dict[str, Any], told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What it may be: the parts of a union, whatever is only named."""
    if "$ref" in schema:
        yield from _kinds(told["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], told)
    elif parts := schema.get("anyOf") or schema.get("oneOf"):
        for part in parts:
            yield from _kinds(part, told)
    elif schema:
        yield schema


def _may_be_null(shape: dict[str, Any], key: str, told: dict[str, Any]) -> bool:
    kinds = _kinds(shape.get("properties", {}).get(key, {}), told)
    return any(kind.get("type") == "null" for kind in kinds)


def test_the_document_has_the_version_of_the_package(stranger: Caller) -> None:
    told = stranger.get("/openapi.json").json()

    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert told["info"]["version"] == __version__ == project["version"]
