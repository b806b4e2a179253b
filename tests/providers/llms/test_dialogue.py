"""Turns become steps: each call has its result, and nothing is empty."""

from __future__ import annotations

from dashboard.engine.turns import Role, ToolCall, ToolResult, Turn, agent, visitor
from dashboard.providers.llms.dialogue import OPENING, UNANSWERED, WAITING, Step, alternating, steps

from .hearing import STORY


def called(*ids: str, message: str | None = None) -> Turn:
    return Turn(Role.AGENT, message, tuple(ToolCall(i, "look") for i in ids))


def results(*pairs: tuple[str, str]) -> Turn:
    return Turn(Role.AGENT, tool_results=tuple(ToolResult(i, "look", out) for i, out in pairs))


def test_results_follow_the_order_of_their_calls():
    found = steps([visitor("?"), called("a", "b"), results(("b", "2"), ("a", "1"))])

    assert [(r.call_id, r.output) for r in found[1].results] == [
        ("call00001", "1"),
        ("call00002", "2"),
    ]
    assert [c.id for c in found[1].calls] == ["call00001", "call00002"]


def test_a_call_without_a_result_gets_one():
    found = steps([called("a"), visitor("Hello?")])

    assert (found[0].results[0].output, found[0].results[0].is_error) == (UNANSWERED, True)


def test_an_id_that_was_used_twice_gets_its_results_in_order():
    story = [called("a"), results(("a", "1")), called("a"), results(("a", "2"))]

    assert [step.results[0].output for step in steps(story)] == ["1", "2"]


def test_an_empty_result_still_says_something():
    assert steps([called("a"), results(("a", ""))])[0].results[0].output == "(empty)"


def test_empty_turns_are_dropped():
    assert steps([agent(""), visitor("  "), visitor("Hi")]) == [Step(Role.VISITOR, "Hi")]


def test_the_visitor_speaks_first_and_last():
    found = alternating(steps([agent("Hello."), agent("Anybody?")]))

    assert [(s.role, s.text) for s in found] == [
        (Role.VISITOR, OPENING),
        (Role.AGENT, "Hello.\n\nAnybody?"),
        (Role.VISITOR, WAITING),
    ]


def test_what_calls_is_not_merged_with_what_follows():
    found = alternating(steps([visitor("?"), called("a", message="Wait."), agent("Done.")]))

    assert [(s.text, len(s.calls)) for s in found[1:3]] == [("Wait.", 1), ("Done.", 0)]


def test_results_are_the_last_word_when_nothing_follows():
    found = alternating(steps([visitor("?"), called("a"), results(("a", "1"))]))

    assert [s.role for s in found] == [Role.VISITOR, Role.AGENT]


def test_a_whole_story():
    assert [(s.role.value, s.text) for s in steps(STORY)] == [
        ("agent", "Hi, I am Ana."),
        ("user", "Weather in Oslo and Rome?"),
        ("agent", "Let me look."),
        ("agent", "Four degr"),
        ("user", "Thanks."),
        ("user", "And when do you open?"),
    ]
