"""Where the time of an answer went: every second in exactly one part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.engine import waterfall
from dashboard.engine.events import (
    ContextUsed,
    Delta,
    Event,
    Searched,
    ToolFinished,
    ToolStarted,
    TurnTaken,
    Waited,
)
from dashboard.engine.turns import Role, ToolCall, ToolResult, ToolSpec, Turn, agent
from dashboard.engine.waterfall import (
    FIRST_WORD,
    LAST_WORD,
    PARTS,
    QUEUE,
    RETRIEVAL,
    SPEAKING,
    STORAGE,
    THINKING,
    TOOLS,
    Waterfall,
)

CALL = ToolCall("c1", "lookup")
RESULT = ToolResult("c1", "lookup", "4")
CALLS = TurnTaken(Turn(Role.AGENT, None, (CALL,)))
RESULTS = TurnTaken(Turn(Role.AGENT, tool_results=(RESULT,)))
ANSWER = TurnTaken(agent("Four."))


def test_each_part_of_an_answer_with_a_tool_is_told() -> None:
    time = Waterfall(100.0)
    time.stored(0.5)
    time.see(Searched("q", ()), 101.0)
    time.see(Waited(2.0), 103.0)
    time.see(CALLS, 106.0)
    first = time.metrics()
    time.stored(1.0)
    time.see(ToolStarted(CALL, ToolSpec("lookup")), 107.0)
    time.see(ToolFinished(RESULT), 111.0)
    time.see(RESULTS, 111.0)
    second = time.metrics()
    time.stored(1.0)
    time.see(Delta("Fo"), 117.0)
    time.see(Delta("ur."), 118.0)
    time.see(ContextUsed("m", 9, 10), 119.0)
    time.see(ANSWER, 120.0)

    assert first == {STORAGE: 0.5, RETRIEVAL: 0.5, QUEUE: 2.0, THINKING: 3.0, LAST_WORD: 6.0}
    assert second == {STORAGE: 1.0, TOOLS: 4.0, LAST_WORD: 11.0}
    assert time.metrics() == {
        STORAGE: 1.0,
        THINKING: 5.0,
        FIRST_WORD: 17.0,
        SPEAKING: 3.0,
        LAST_WORD: 20.0,
    }


def test_names_are_those_of_the_wire() -> None:
    assert (FIRST_WORD, LAST_WORD) == (
        "convai_llm_service_ttfb",
        "convai_llm_service_tt_last_sentence",
    )
    assert all(name.startswith("parley_") for name in PARTS)
    assert len(set(PARTS)) == 6
    assert waterfall.PARTS == PARTS


steps = st.one_of(
    st.sampled_from([Searched("q", ()), Delta("x"), ToolFinished(RESULT), CALLS, RESULTS, ANSWER]),
    st.builds(Waited, st.floats(0, 100)),
    st.floats(0, 3),
)


@given(st.lists(st.tuples(steps, st.floats(0, 3)), max_size=30))
def test_the_parts_of_all_turns_add_up_to_the_whole(
    story: list[tuple[Event | float, float]],
) -> None:
    time, now, whole = Waterfall(50.0), 50.0, 0.0

    for event, passed in [*story, (ANSWER, 1.0)]:
        now += event if isinstance(event, float) else passed
        if isinstance(event, float):
            time.stored(event)
            continue
        time.see(event, now)
        if isinstance(event, TurnTaken):
            metrics = time.metrics()
            assert all(seconds >= 0 for seconds in metrics.values())
            whole += sum(metrics.get(part, 0.0) for part in PARTS)
            assert metrics[LAST_WORD] == pytest.approx(now - 50.0, abs=1e-3)

    assert whole == pytest.approx(now - 50.0, abs=0.05)
