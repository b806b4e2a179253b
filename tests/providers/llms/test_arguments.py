"""What is kept of a model's arguments, and what is called garbled."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from dashboard.providers.llms.arguments import MOST_WRITTEN, called, made
from dashboard.providers.llms.sse import TooLong

from .hearing import deep


@pytest.mark.parametrize(
    "raw",
    [
        orjson.dumps(deep(70)).decode(),
        '{"a":' * 2000 + "1" + "}" * 2000,
        '{"n": 123456789012345678901234567890}',
        '{"n": [-9223372036854775809]}',
        '{"a": "b\\u0000"}',
        '{"a\\u0000": 1}',
        '{"a": "\\ud800"}',
        '"{\\"a\\": \\"\\\\u0000\\"}"',
        "not JSON\0",
    ],
)
def test_arguments_that_would_break_what_comes_later_are_garbled(raw: str) -> None:
    call = called("c", "f", raw)

    assert call.arguments == {}
    assert call.garbled is not None
    assert "\0" not in call.garbled
    assert len(call.garbled) <= 2100


@pytest.mark.parametrize("arguments", [deep(70), {"n": 1e30}, {"a": "\0"}, {"\ud800": 1}, "x", 3])
def test_arguments_that_came_as_an_object_are_checked_alike(arguments: Any) -> None:
    call = made("c", "f", arguments)

    assert call.arguments == {}
    assert call.garbled is not None
    call.garbled.encode()


def test_arguments_of_every_usual_kind_stay_as_they_are() -> None:
    plain = {"a": [1, -(2**63), 2**64 - 1, 1.5, 1e15, None, True, "blå 😀\n"], "b": deep(60)}

    assert called("c", "f", orjson.dumps(plain).decode()).arguments == plain
    assert made("c", "f", plain).arguments == plain


def test_an_object_that_is_too_large_is_too_long() -> None:
    with pytest.raises(TooLong):
        made("c", "f", {"a": "x" * MOST_WRITTEN})


def test_the_names_in_a_call_are_plain_texts() -> None:
    call = made("c\0\ud800" + "x" * 500, "f\0" + "y" * 500, {})

    (call.id + call.name).encode()
    assert "\0" not in call.id + call.name
    assert len(call.id) <= 200
    assert len(call.name) <= 200
