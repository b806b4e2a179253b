"""The soak's verdict: what visitors saw is compared with the database, turn by turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.processes import House
from bench.soak import Memory, Soak, wrong
from bench.visits import Visit


def soaked() -> tuple[Soak, dict[str, Any]]:
    """Two visits, and the database as it ought to be."""
    visits = [
        Visit("agent", name, said=["Hello?"], seen={1: "Hi!", 2: "Yes?"}) for name in ("a", "b")
    ]
    rows = [["agent", 1, "Hi!"], ["user", None, "Hello?"], ["agent", 2, "Yes?"]]
    kept = {
        "status": {"a": "done", "b": "done"},
        "told": {name: [list(row) for row in rows] for name in ("a", "b")},
        "places": 0,
    }
    return Soak(House([], None, {}), "agent", every=1, until=0, visits=visits), kept


def test_nothing_is_wrong_when_everything_agrees():
    assert wrong(*soaked()) == []


def _lost_answer(soak: Soak, kept: dict[str, Any]) -> None:
    kept["told"]["a"].pop()


def _lost_message(soak: Soak, kept: dict[str, Any]) -> None:
    kept["told"]["a"].pop(1)


def _kept_twice(soak: Soak, kept: dict[str, Any]) -> None:
    kept["told"]["b"].append(["agent", 2, "Yes?"])


def _other_words(soak: Soak, kept: dict[str, Any]) -> None:
    kept["told"]["b"][2][2] = "Yes"


def _seen_twice(soak: Soak, kept: dict[str, Any]) -> None:
    soak.visits[0].doubled = 1


def _never_opened(soak: Soak, kept: dict[str, Any]) -> None:
    kept["told"]["c"] = []


def _place_taken(soak: Soak, kept: dict[str, Any]) -> None:
    kept["places"] = 1


def _still_talking(soak: Soak, kept: dict[str, Any]) -> None:
    kept["status"]["a"] = "in-progress"


def _error(soak: Soak, kept: dict[str, Any]) -> None:
    soak.errors["ConnectionClosed"] += 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_lost_answer, "1 conversations differ"),
        (_lost_message, "1 conversations differ"),
        (_kept_twice, "1 conversations differ"),
        (_other_words, "1 conversations differ"),
        (_seen_twice, "1 answers came twice"),
        (_never_opened, "2 visits, 3 conversations"),
        (_place_taken, "1 places are still taken"),
        (_still_talking, "1 conversations are in-progress"),
        (_error, "1 × ConnectionClosed"),
    ],
)
def test_each_disagreement_is_named(spoil: Callable[[Soak, dict[str, Any]], None], words: str):
    soak, kept = soaked()

    spoil(soak, kept)

    assert [line[: len(words)] for line in wrong(soak, kept)] == [words]


def test_memory_that_grows_after_everybody_has_come_is_named():
    flat = [10.0] * 10 + [100.0] * 30
    leaking = [10.0] * 10 + [100.0 + 2 * at for at in range(30)]

    memory = Memory([], {"server": flat, "worker": leaking})

    assert memory.grown() == ["worker"]
