"""Every method of both server SDKs: it works with all sorts of values, or says why it does not."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

from . import page
from .conftest import ParleyServer
from .in_node import NODE, SDK, InNode, needs_node
from .playing import Heard, hear
from .steps import Played
from .verdicts import camel, other_refusals, verdicts

pytestmark = pytest.mark.xdist_group("sdk")


@pytest.fixture(scope="module")
def heard(parley_server: ParleyServer) -> Heard:
    return hear(parley_server, with_node=bool(NODE and SDK.exists()))


@pytest.fixture(scope="module")
def js(heard: Heard) -> InNode:
    assert heard.js
    return heard.js


def working() -> set[str]:
    return {name for name, verdict in verdicts().items() if verdict.verdict == "works"}


def test_there_is_a_verdict_on_every_method_of_the_python_sdk(heard: Heard) -> None:
    assert set(verdicts()) == heard.python_methods


@needs_node
def test_there_is_a_verdict_on_every_method_of_the_js_sdk(js: InNode) -> None:
    assert js.methods <= set(map(camel, verdicts()))


def test_the_python_sdk_understands_every_answer(heard: Heard) -> None:
    assert troubled(heard.python) == []


@needs_node
def test_the_js_sdk_understands_every_answer(js: InNode) -> None:
    assert troubled(js.played) == []


def test_every_working_method_of_the_python_sdk_was_called(heard: Heard) -> None:
    assert {one.step.method for one in heard.python} == working()


@needs_node
def test_every_working_method_of_the_js_sdk_was_called(js: InNode) -> None:
    called = {camel(one.step.method) for one in js.played}

    assert called == {name for name in map(camel, working()) if name in js.methods}


def test_what_can_be_asked_with_more_was_asked_with_all_of_it_too(heard: Heard) -> None:
    kinds = defaultdict(set)
    for one in heard.python:
        kinds[one.step.method].add(one.step.kind)

    poor = {
        name for name, had in kinds.items() if name in heard.with_options and had == {"minimal"}
    }

    assert poor == set()
    assert {kind for had in kinds.values() for kind in had} == {"minimal", "full", "odd"}


def test_the_python_sdk_is_told_what_is_not_here(heard: Heard) -> None:
    assert silent(heard.python_probed) == {}


@needs_node
def test_the_js_sdk_is_told_what_is_not_here(js: InNode) -> None:
    assert silent(js.probed) == {}


@needs_node
def test_the_page_on_compatibility_says_what_this_run_said(heard: Heard) -> None:
    written = page.page(heard)
    if os.environ.get("PARLEY_WRITE_DOCS"):
        page.FILE.write_text(written)

    assert page.FILE.read_text() == written, "PARLEY_WRITE_DOCS=1 writes it anew"


def troubled(played: Iterable[Played]) -> list[str]:
    return [one.told() for one in played if one.trouble]


def silent(probed: dict[str, tuple[str, int, Any]]) -> dict[str, tuple[str, int, Any]]:
    """Those whose answer was not our own refusal, which says that the route is not here."""
    return {name: answer for name, answer in probed.items() if not _refused(name, *answer)}


def _refused(name: str, route: str, status: int, body: Any) -> bool:
    detail = body.get("detail", {}) if isinstance(body, dict) else {}
    if other := other_refusals().get(name):
        return 400 <= status < 500 and detail.get("status") == other and bool(detail["message"])
    words = {"later": "not on this server yet", "not in text mode": "not part of text mode"}
    said = words[verdicts()[name].verdict] in detail.get("message", "")
    return status == 404 and detail.get("status") == "not_supported" and said
