"""Lines for a terminal: complete, and unable to steer it."""

from __future__ import annotations

from dashboard.engine.events import Delta, Failed, Searched, ToolFinished, TurnTaken
from dashboard.engine.turns import Excerpt, ToolResult, agent
from dashboard.simulations.playbill import line, lines_of


def test_what_is_said_stands_below_each_other() -> None:
    assert line("Agent", "One\nTwo") == "Agent    One\n         Two"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in line("Agent", "\x1b[2Jgone\x07\r\nnext")


def test_a_watcher_sees_turns_tools_sources_and_trouble() -> None:
    passage = Excerpt("d", "p", "Hours", "Nine.", 0.1)
    events = [
        Searched("?", (passage, passage)),
        Delta("We"),
        ToolFinished(ToolResult("c", "lookup", "x" * 300)),
        ToolFinished(ToolResult("c", "lookup", "no", is_error=True)),
        Failed("down"),
        TurnTaken(agent("We open at nine.")),
    ]

    shown = [text for event in events for text in lines_of(event)]

    assert shown[0] == "         · found in Hours"
    assert shown[1].startswith("         · lookup answered: xxx")
    assert len(shown[1]) < 140
    assert shown[2:] == [
        "         · lookup failed: no",
        "         ! down",
        "Agent    We open at nine.",
    ]
