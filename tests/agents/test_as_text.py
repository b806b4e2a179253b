"""Whatever was stored can be written: what the fast writers refuse, and what is no JSON at all."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.agents.documents import as_text

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
finite = plain.filter(lambda value: not isinstance(value, float) or math.isfinite(value))
trees = st.recursive(finite, lambda t: st.lists(t) | st.dictionaries(st.text(), t), max_leaves=20)


@given(trees)
def test_it_reads_back_as_what_it_was(value: Any) -> None:
    assert json.loads(as_text(value)) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_null(value: float) -> None:
    assert as_text({"a": [value, 1]}) == '{"a": [null, 1]}'


def test_depth_has_no_end() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]

    assert as_text(value) == "[" * 100_000 + "1" + "]" * 100_000
    while isinstance(value, list):  # freed step by step: the interpreter would recurse
        value = value.pop()
