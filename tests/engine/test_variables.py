"""{{dynamic_variables}} in texts (contract rest.md §5.3)."""

from __future__ import annotations

import pytest

from dashboard.engine.variables import (
    MissingVariable,
    Moving,
    UnfitVariable,
    check,
    fill,
    names,
    plain,
    shown,
)


def test_values_take_the_place_of_their_names() -> None:
    values = {"name": "Zoë", "system__time": "noon"}

    assert fill("Hi {{name}}, it is {{ system__time }}.", values) == "Hi Zoë, it is noon."


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (3, "3"), (1.5, "1.5"), (None, "")]
)
def test_values_are_shown_as_json_shows_them(value: bool | float | None, text: str) -> None:
    assert shown(value) == text


def test_a_value_is_never_read_as_a_template_itself() -> None:
    assert fill("{{a}}", {"a": "{{b}}", "b": "secret"}) == "{{b}}"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(MissingVariable) as missing:
        fill("Hi {{name}}", {})

    assert missing.value.name == "name"


def test_secret_variables_stay_out_of_texts_and_fill_headers() -> None:
    values = {"secret__token": "t0ken"}

    with pytest.raises(MissingVariable):
        fill("{{secret__token}}", values)
    assert fill("Bearer {{secret__token}}", values, secrets=True) == "Bearer t0ken"


def test_braces_that_name_nothing_stay() -> None:
    assert fill("{{}} {{ a b }} {x}", {}) == "{{}} {{ a b }} {x}"


def test_the_names_in_a_text() -> None:
    assert names("{{a}} and {{ b.c }} and {{a}}") == {"a", "b.c"}


def test_what_moves_is_worked_out_at_each_reading_and_stands_still_for_texts() -> None:
    seconds = iter([5, 9])
    values = Moving({"name": "Ada", "so_far": 0}, {"so_far": lambda: next(seconds)})

    assert (values["so_far"], dict(values)) == (5, {"name": "Ada", "so_far": 9})
    assert fill("{{name}} {{so_far}}", values.still) == "Ada 0"


@pytest.mark.parametrize("value", [None, [], {}, b"x", 2**64, float("nan"), float("-inf")])
def test_only_texts_numbers_and_booleans_are_values(value: object) -> None:
    assert not plain(value)
    with pytest.raises(UnfitVariable, match="'cart'"):
        check({"name": "Ada", "cart": value})


def test_usual_values_are_fit() -> None:
    check({"a": "", "b": 0, "c": 1.5, "d": False, "e": 2**64 - 1})
