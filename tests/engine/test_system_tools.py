"""The built-in tools: what they mean to a conversation."""

from __future__ import annotations

from dashboard.engine import system_tools
from dashboard.engine.events import Ended, EndReason, LanguageChanged
from dashboard.engine.turns import ToolCall, ToolKind, ToolSpec


def test_ending_carries_the_reason() -> None:
    call = ToolCall("c1", "end_call", {"reason": "all is said"})

    result, event = system_tools.carry_out(call, system_tools.end_call())

    assert not result.is_error
    assert event == Ended(EndReason.AGENT_ENDED, "all is said")


def test_ending_without_a_reason_has_no_note() -> None:
    _, event = system_tools.carry_out(
        ToolCall("c1", "end_call", {"reason": None}), system_tools.end_call()
    )

    assert event == Ended(EndReason.AGENT_ENDED, "")


def test_a_language_must_be_one_of_those_set_up() -> None:
    spec = system_tools.language_detection(["en", "pt-br"])

    fine = system_tools.carry_out(ToolCall("c", "language_detection", {"language": "pt-br"}), spec)
    wrong = system_tools.carry_out(ToolCall("c", "language_detection", {"language": "xx"}), spec)

    assert fine[1] == LanguageChanged("pt-br")
    assert wrong[0].is_error
    assert wrong[1] is None


def test_an_owners_description_takes_the_place_of_ours() -> None:
    assert system_tools.end_call("Only after a goodbye.").description == "Only after a goodbye."
    assert "goodbye" in system_tools.end_call().description


def test_a_built_in_tool_that_does_not_exist_is_refused() -> None:
    spec = ToolSpec("dance", kind=ToolKind.SYSTEM)

    result, event = system_tools.carry_out(ToolCall("c", "dance"), spec)

    assert result.is_error
    assert event is None
