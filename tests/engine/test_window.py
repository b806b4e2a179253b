"""Whatever a conversation holds, what the model gets to read fits, and makes sense."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.engine import window
from dashboard.engine.ports import SHORTENED, Ask, Enclosure
from dashboard.engine.turns import (
    Attachment,
    Excerpt,
    Role,
    ToolCall,
    ToolResult,
    ToolSpec,
    Turn,
    Usage,
    agent,
    visitor,
)

PAPER = Attachment("file_1", "paper.pdf", "application/pdf")
LOOKUP = ToolSpec("lookup", "Look it up.")


def exchange(number: int, length: int = 400) -> tuple[Turn, ...]:
    return visitor(f"question {number} " + "x" * length), agent(f"answer {number} " + "y" * length)


def looked_up(call_id: str, output: str) -> tuple[Turn, Turn]:
    call = ToolCall(call_id, "lookup", {"order": 4711})
    result = ToolResult(call_id, "lookup", output)
    return Turn(Role.AGENT, None, (call,)), Turn(Role.AGENT, tool_results=(result,))


def long_talk(*last: Turn, exchanges: int = 100) -> Ask:
    past = [turn for number in range(exchanges) for turn in exchange(number)]
    return Ask("Be kind.", (*past, *last), (LOOKUP,))


def texts(ask: Ask) -> str:
    return "\n".join(turn.message or "" for turn in ask.turns)


def test_a_talk_that_fits_stays_as_it_is() -> None:
    ask = long_talk(visitor("Now?"), exchanges=5)

    assert window.fit(ask, 100_000) is ask
    assert SHORTENED not in ask.prompt()


def test_the_oldest_exchanges_go_first_and_the_model_is_told() -> None:
    fitted = window.fit(long_talk(visitor("Now?")), 8_000)

    assert fitted.turns[-1].message == "Now?"
    assert fitted.turns[-2] == exchange(99)[1]
    assert "question 0 " not in texts(fitted)
    assert fitted.turns[0].role is Role.VISITOR
    assert fitted.prompt() == f"Be kind.\n\n{SHORTENED}"
    assert len(fitted.turns) > 20


def test_of_one_endless_tool_result_the_middle_goes_and_the_talk_stays() -> None:
    result = looked_up("c1", "start " + "z" * 400_000 + " end")
    ask = long_talk(visitor("Look."), *result, exchanges=3)

    fitted = window.fit(ask, 8_000)

    assert len(fitted.turns) == len(ask.turns)
    output = fitted.turns[-1].tool_results[0].output
    assert output.startswith("start ")
    assert output.endswith(" end")
    assert window.CUT in output
    assert fitted.turns[:6] == ask.turns[:6]


def test_a_call_that_waits_for_its_result_stays_however_old() -> None:
    waiting = Turn(Role.AGENT, "I have sent the form.", (ToolCall("open", "lookup"),))
    past = (visitor("Send it."), waiting)

    fitted = window.fit(replace(ask := long_talk(visitor("Now?")), turns=past + ask.turns), 8_000)

    assert fitted.turns[0] == waiting
    assert fitted.turns[1].role is Role.VISITOR


def test_of_passages_the_farthest_go_before_the_talk_does() -> None:
    found = tuple(Excerpt("d", f"p{n}", f"Title {n}", "w" * 8_000, 0.1 * n) for n in range(6))
    ask = replace(long_talk(visitor("Now?"), exchanges=2), found=found)

    fitted = window.fit(ask, 8_000)

    assert fitted.found == found[: len(fitted.found)]
    assert 0 < len(fitted.found) < 6
    assert len(fitted.turns) == len(ask.turns)


def test_a_document_is_cut_and_one_of_a_turn_that_has_gone_goes_too() -> None:
    old = Attachment("file_0", "old.txt", "text/plain")
    enclosures = (Enclosure(old, "o" * 2_000), Enclosure(PAPER, "first " + "p" * 90_000 + " last"))
    talk = long_talk(visitor("Read this.", [PAPER]))
    ask = replace(talk, turns=(visitor("", [old]), *talk.turns), enclosures=enclosures)

    fitted = window.fit(ask, 8_000)

    (kept,) = fitted.enclosures
    assert kept.attachment == PAPER
    assert kept.text.startswith("first ")
    assert kept.text.endswith(" last")


def test_arguments_that_are_cut_are_still_an_object() -> None:
    call = ToolCall("c1", "lookup", {"note": "n" * 400_000})
    ask = Ask("", (visitor("Hi"), Turn(Role.AGENT, None, (call,))))

    fitted = window.fit(ask, 8_000)

    (kept,) = fitted.turns[-1].tool_calls
    assert list(kept.arguments) == ["shortened"]
    assert window.size(fitted) <= window.room_in(8_000, None)


def test_room_is_left_for_the_answer() -> None:
    assert window.room_in(8_000, 4_000) == 8_000 - 4_000 - 400
    assert window.room_in(8_000, None) == 8_000 - 2_000 - 400
    assert window.room_in(0, None) == window.room_in(window.UNKNOWN, None)
    assert window.room_in(8_000, 100_000) == 8_000 - 4_000 - 400
    assert window.room_in(8_000, None, 2.0) == (8_000 - 2_000 - 400) // 2


def test_other_scripts_count_for_more() -> None:
    assert window.tokens_of("a" * 400) == 100
    assert 200 < window.tokens_of("ж" * 400) < 400
    assert window.tokens_of("漢" * 400) >= 400
    assert window.tokens_of("\ud800") > 0


def test_guesses_learn_from_the_last_tokens_that_were_counted() -> None:
    def answered(usage: Usage) -> Turn:
        return replace(agent("Yes."), usage=usage)

    real = answered(Usage("m", 1_500, 5, expected=1_000))
    guessed = answered(Usage("m", 9_000, 5, estimated=True, expected=1_000))

    assert window.calibration([real, guessed, visitor("Hi")]) == 1.5
    assert window.calibration([guessed]) == 1.0
    assert window.calibration([answered(Usage("m", 90_000, 5, expected=10))]) == 4.0


messages = st.builds(
    lambda letter, length: letter * length,
    st.sampled_from(["a", "é", "漢", "\n", "word "]),
    st.integers(0, 6_000),
)
calls = st.lists(st.tuples(messages, messages, st.booleans()), min_size=1, max_size=2)


@st.composite
def exchanges(draw: st.DrawFn, number: int) -> list[Turn]:
    files = [PAPER] if draw(st.booleans()) else []
    turns = [visitor(draw(messages), files)]
    if draw(st.booleans()):
        made = [(f"c{number}_{at}", *one) for at, one in enumerate(draw(calls))]
        asked = tuple(ToolCall(call_id, "lookup", {"q": said}) for call_id, said, _, _ in made)
        results = tuple(ToolResult(i, "lookup", output) for i, _, output, there in made if there)
        turns += [Turn(Role.AGENT, None, asked), Turn(Role.AGENT, tool_results=results)]
    return [*turns, *([agent(draw(messages))] if draw(st.booleans()) else [])]


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    turns = [agent("Hi!")] if draw(st.booleans()) else []
    for number in range(draw(st.integers(1, 8))):
        turns += draw(exchanges(number))
    return Ask(
        "Be kind.",
        tuple(turns),
        (LOOKUP,),
        found=tuple(Excerpt("d", "p", "T", draw(messages), 0.1) for _ in range(2)),
        context=(draw(messages),),
        enclosures=(Enclosure(PAPER, draw(messages)),),
        max_tokens=draw(st.sampled_from([None, 100, 4_000])),
    )


def least(ask: Ask) -> int:
    """Tokens that must be had: each text of what has to stay may keep that many."""
    here = [turn for turn in ask.turns if turn.tool_calls or turn.role is Role.VISITOR]
    pieces = sum(2 + 2 * len(turn.tool_calls) + len(turn.files) for turn in here)
    return 200 + (2 * window.LEAST + 12) * (pieces + 4)


@settings(max_examples=150, deadline=None)
@given(asks(), st.integers(2_000, 40_000), st.sampled_from([0.5, 1.0, 1.7]))
def test_what_is_sent_fits_whenever_it_can(ask: Ask, limit: int, scale: float) -> None:
    fitted = window.fit(ask, limit, scale)

    room = window.room_in(limit, ask.max_tokens, scale)
    assert window.size(fitted) <= max(room, least(ask))


@settings(max_examples=150, deadline=None)
@given(asks(), st.integers(2_000, 40_000))
def test_what_is_sent_keeps_its_order_its_pairs_and_the_last_message(ask: Ask, limit: int) -> None:
    fitted = window.fit(ask, limit)

    kept = [_skeleton(turn) for turn in fitted.turns]
    whole = iter(_skeleton(turn) for turn in ask.turns)
    assert all(turn in whole for turn in kept)  # the same turns, in the same order
    called = {call.id for turn in fitted.turns for call in turn.tool_calls}
    answered = {result.call_id for turn in fitted.turns for result in turn.tool_results}
    before = {result.call_id for turn in ask.turns for result in turn.tool_results}
    open_before = {c.id for turn in ask.turns for c in turn.tool_calls} - before
    assert answered <= called
    assert called - answered >= open_before
    last = max(at for at, turn in enumerate(ask.turns) if turn.role is Role.VISITOR)
    tail = [_skeleton(turn) for turn in ask.turns[last:]]
    assert kept[-len(tail) :] == tail
    assert fitted.shortened == (len(kept) < len(ask.turns))
    assert (fitted.instructions, fitted.tools) == (ask.instructions, ask.tools)


def _skeleton(turn: Turn) -> tuple[object, ...]:
    """A turn without what may be cut."""
    ids = tuple(call.id for call in turn.tool_calls)
    return turn.role, ids, tuple(result.call_id for result in turn.tool_results), turn.files


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=3_000), st.integers(window.LEAST, 500))
def test_a_shortened_text_is_short_and_has_both_ends(text: str, most: int) -> None:
    cut = window.shortened(text, most)

    assert window.tokens_of(cut) <= max(most, window.tokens_of(text) if cut == text else 0)
    if cut != text:
        first, _, last = cut.partition(window.CUT)
        assert text.startswith(first)
        assert text.endswith(last)
