"""A small drill in the suite: servers die under talking visitors, and nothing is lost or doubled.

The large one is `run.py drill` (tests/drill).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from tests.drill.drill import CUT, KILL, PAUSE, STOP, Drill, Plan, printed, till
from tests.drill.house import house
from tests.drill.ledger import BROKEN_OFF, DOUBLED, LOST, UNTRUE, Kept, Turn, reckon
from tests.drill.page import Said, Seen

from .doors import profile

SEED = 11
# One server on SQLite, which comes back on its port and folder; two on PostgreSQL and Redis.
ALONE = (KILL, CUT, STOP, CUT, KILL, CUT)
SHARED = (KILL, CUT, STOP, PAUSE, CUT, STOP)


@pytest.mark.both_profiles
@pytest.mark.xdist_group("houses")
async def test_killed_and_stopped_servers_lose_and_double_nothing(
    tmp_path: Path, model_url: str
) -> None:
    deeds, servers = (ALONE, 1) if settings.EMBEDDED else (SHARED, 2)
    plan = Plan(deeds, pages=8, seed=SEED, between=(0.5, 1.0), pauses=(2.0,))
    counting, serving = till()
    told: list[str] = []

    with profile() as services:
        async with serving as there:
            env = services | {
                "PARLEY_LLM_URL": model_url,
                "PARLEY_LLM_MODEL": "stub",
                "PARLEY_EGRESS_ALLOW": there.where,
                "PARLEY_RESUME_SECONDS": "40",
            }
            with house(tmp_path, servers, **env) as built:
                report = await Drill(built, plan, told.append).run(counting, there)

    assert report.findings == [], printed(report)
    assert sum(report.done.values()) == len(deeds)
    assert report.resumed(KILL)
    assert counting.charges
    assert max(report.stops) < 30


# --- The ledger itself -----------------------------------------------------------------------

GREETED = Turn(1, "agent", "Hello!", ())
ASKED = Turn(None, "user", "a.1: stub:echo Hi", ())
ANSWERED = Turn(3, "agent", "a.1: stub:echo Hi", ())
CHARGED = Turn(None, "agent", None, ('{"message": "a.1:"}',))


def seen(**more: object) -> Seen:
    """A page that greeted, asked and was answered."""
    one = Seen("conv_1", returning=True, ending="goodbye")
    one.said = [Said("a.1:", "a.1: stub:echo Hi")]
    one.answered = {"a.1:"}
    one.finals = {1: "Hello!", 3: "a.1: stub:echo Hi"}
    for name, value in more.items():
        setattr(one, name, value)
    return one


def reckoned(
    one: Seen, *turns: Turn, end: tuple[str, str] = ("done", "The visitor left.")
) -> set[str]:
    kept = Kept({"conv_1": turns}, {"conv_1": end})
    return {finding.what for finding in reckon([one], kept, {"a.1:": 1})}


def test_a_whole_record_is_found_whole() -> None:
    assert reckoned(seen(), GREETED, ASKED, ANSWERED) == set()


@pytest.mark.parametrize(
    ("turns", "what"),
    [
        ((GREETED, ASKED), LOST),
        ((GREETED, ANSWERED), LOST),
        ((ASKED, ANSWERED), LOST),
        ((GREETED, ASKED, Turn(3, "agent", "Something else", ())), LOST),
        ((GREETED, ASKED, ASKED, ANSWERED), DOUBLED),
        ((GREETED, ASKED, ANSWERED, ANSWERED), DOUBLED),
        ((GREETED, ASKED, ANSWERED, Turn(5, "agent", ANSWERED.message, ())), DOUBLED),
        ((GREETED, ASKED, CHARGED, CHARGED, ANSWERED), DOUBLED),
    ],
)
def test_what_is_lost_or_doubled_is_found(turns: tuple[Turn, ...], what: str) -> None:
    assert what in reckoned(seen(), *turns)


def test_ends_that_are_none_are_found() -> None:
    whole = (GREETED, ASKED, ANSWERED)

    assert reckoned(seen(), *whole, end=("in-progress", "")) == {UNTRUE}
    assert reckoned(seen(), *whole, end=("done", "It rained.")) == {UNTRUE}
    assert reckoned(seen(ending="refused: Gone."), *whole) == {BROKEN_OFF}
    assert reckoned(seen(doubled=["event 3 came again"]), *whole) == {DOUBLED}
