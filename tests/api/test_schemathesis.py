"""What the OpenAPI document says is what the door does: requests are drawn, good and bad ones."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.api.door import door
from dashboard.api.openapi import document
from dashboard.workspaces.models import ApiKey, User, Workspace

from .isolation.cases import PARTS, kind_of
from .isolation.routes import Route, routes
from .isolation.worlds import World

pytestmark = pytest.mark.both_profiles

HEADER = ParameterLocation.HEADER


def rejects_what_is_wrong(ctx: Any, response: Any, case: Any) -> bool | None:
    """Not where a header is wrong: it is the key, which these tests send all the same."""
    parts = case.meta.components.items()
    if any(part.mode.is_negative and where == HEADER for where, part in parts):
        return None
    return negative_data_rejection(ctx, response, case)


CHECKS = [
    rejects_what_is_wrong,
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SHOWN = [pytest.param(route, id=str(route)) for route in routes() if route.about.include_in_schema]
# The same every time, and no more than a minute in all.
STEADY = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@cache
def told() -> Any:
    schema = schemathesis.openapi.from_dict(document(door))
    schema.app = inside_the_test
    return schema


def inside_the_test(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The end of a request must not close the connection that the test's transaction is on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        response = application()(environ, start_response)
        body = [*response]
        response.close()
        return body
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@cache
def application() -> Any:
    return WSGIHandler()


@pytest.fixture
def here(workspace: Workspace) -> World:
    """Ada's, with one thing of every kind, so that an id in an address finds something."""
    world = World(workspace, User.objects.create(email="ada@harbour.example"), "harbour")
    world.furnish()
    return world


@pytest.mark.parametrize("route", SHOWN)
def test_the_door_does_what_the_document_says(route: Route, here: World) -> None:
    operation = told()[f"/v1{route.path}"][route.method]
    key = ApiKey.make(here.workspace, "tests", here.owner)[1]
    real = operation.as_strategy(path_parameters=_ids(route, here))
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @STEADY
    @given(st.one_of(real, real, operation.as_strategy(), wrong))
    def answers_as_told(case: Any) -> None:
        with transaction.atomic():  # each finds what the one before may have taken away
            case.call_and_validate(headers={"xi-api-key": key}, checks=CHECKS)
            transaction.set_rollback(True)

    answers_as_told()


def _ids(route: Route, here: World) -> dict[str, str]:
    found = {}
    for name in route.params:
        kind = kind_of(route, name)
        found[name] = PARTS[str(route), name] if kind is None else here.id(kind)
    return found
