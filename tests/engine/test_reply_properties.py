"""Whatever a model, a tool or a visitor does, what is kept of a reply is legal and complete."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.engine import system_tools
from dashboard.engine.brief import Brief
from dashboard.engine.events import (
    Delta,
    Ended,
    Event,
    Failed,
    ToolFinished,
    ToolStarted,
    TurnTaken,
)
from dashboard.engine.hush import Hush
from dashboard.engine.ports import ModelTrouble, Piece, Said, Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import (
    Role,
    ToolCall,
    ToolKind,
    ToolResult,
    ToolSpec,
    Turn,
    Usage,
    agent,
    visitor,
)
from dashboard.providers.llms.scripted import ScriptedLLM

from .acting import heard_until, turns_of

NAMES = (
    "lookup",
    "page",
    "breaks",
    "unknown",
    system_tools.END_CALL,
    system_tools.SKIP_TURN,
    system_tools.LANGUAGE_DETECTION,
)


@dataclass
class Tools:
    """Some tools that work, one that breaks, and a visitor who may cut in while one runs."""

    hush: Hush
    hush_at_run: int
    with_system: bool
    runs: list[ToolCall] = field(default_factory=list)

    @property
    def specs(self) -> Sequence[ToolSpec]:
        own = (
            ToolSpec("lookup", kind=ToolKind.WEBHOOK),
            ToolSpec("page", kind=ToolKind.CLIENT),
            ToolSpec("breaks", kind=ToolKind.WEBHOOK),
        )
        system = (
            system_tools.end_call(),
            system_tools.skip_turn(),
            system_tools.language_detection(["en", "de"]),
        )
        return own + system if self.with_system else own

    async def run(self, call: ToolCall) -> ToolResult:
        self.runs.append(call)
        if len(self.runs) == self.hush_at_run:
            self.hush.ask()
        await asyncio.sleep(0)
        if call.name == "breaks":
            raise RuntimeError("a tool that breaks off")
        return ToolResult("another id", "another name", "done", is_error=call.name == "page")


words = st.sampled_from(["", "Yes. ", "No", " and\nthen", "{", "Zoë", "```"])
calls = st.builds(
    ToolCall,
    id=st.sampled_from(["", "a", "b", "lookup_1", "lookup_2", "page_1"]),
    name=st.sampled_from(NAMES),
    arguments=st.sampled_from(
        [{}, {"message": "Bye."}, {"message": 7}, {"language": "de"}, {"language": ["x"]}]
    ),
    garbled=st.sampled_from([None, None, None, '{"half": ']),
)
pieces: st.SearchStrategy[Piece | ModelTrouble] = st.one_of(
    st.builds(Said, words),
    st.builds(Said, words),
    calls,
    st.just(Usage("m", 1, 1)),
    st.sampled_from(
        [ModelTrouble("it is down"), ModelTrouble("the key was refused", transient=False)]
    ),
)
scripts = st.lists(st.lists(pieces, max_size=5), min_size=1, max_size=4)
past = st.sampled_from(
    [
        [visitor("Hello")],
        [agent("Hi!"), visitor("Hello")],
        [],
        [agent("Hi!")],
        [
            visitor("Look."),
            Turn(Role.AGENT, None, (ToolCall("a", "lookup"), ToolCall("lookup_1", "lookup"))),
            Turn(
                Role.AGENT,
                tool_results=(
                    ToolResult("a", "lookup", "x"),
                    ToolResult("lookup_1", "lookup", "y"),
                ),
            ),
            agent("Found."),
            visitor("Again?"),
        ],
    ]
)


@dataclass(frozen=True)
class Scene:
    past: list[Turn]
    llm: ScriptedLLM
    tools: Tools
    events: list[Event]

    @property
    def kept(self) -> list[Turn]:
        return turns_of(self.events)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """One whole reply, already played."""
    hush = Hush()
    at_run = draw(st.sampled_from([0, 0, 0, 1, 2]))
    tools = Tools(hush, at_run, with_system=draw(st.booleans()))
    llm = ScriptedLLM(*draw(scripts))
    brief = Brief("Be kind.", max_steps=draw(st.integers(0, 4)))
    before = draw(past)
    after = draw(st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8]))
    events = asyncio.run(heard_until(reply(Speaker(brief, llm, tools), before, hush), hush, after))
    return Scene(before, llm, tools, events)


def with_next(turns: Sequence[Turn]) -> list[tuple[Turn, Turn | None]]:
    return [(turn, next(iter(turns[at + 1 :]), None)) for at, turn in enumerate(turns)]


examples = settings(max_examples=150, deadline=None)


@examples
@given(scenes())
def test_no_event_follows_the_end(scene: Scene) -> None:
    ends = [at for at, event in enumerate(scene.events) if isinstance(event, Ended)]

    assert ends in ([], [len(scene.events) - 1])


@examples
@given(scenes())
def test_what_was_sent_is_exactly_what_is_kept(scene: Scene) -> None:
    sent = ""
    for event in scene.events:
        match event:
            case Delta(text):
                sent += text
            case TurnTaken(turn):
                assert (turn.message or "") == sent
                sent = ""

    assert sent == ""


@examples
@given(scenes())
def test_every_call_gets_exactly_one_result_in_the_turn_that_follows(scene: Scene) -> None:
    for turn, following in with_next(scene.kept):
        if turn.tool_calls:
            assert following is not None
            assert [r.call_id for r in following.tool_results] == [c.id for c in turn.tool_calls]
            assert [r.name for r in following.tool_results] == [c.name for c in turn.tool_calls]
        elif following is not None:
            assert not following.tool_results


@examples
@given(scenes())
def test_no_two_calls_of_a_conversation_share_an_id(scene: Scene) -> None:
    ids = [call.id for turn in [*scene.past, *scene.kept] for call in turn.tool_calls]

    assert len(ids) == len(set(ids))
    assert all(ids)


@examples
@given(scenes())
def test_turns_alternate_legally(scene: Scene) -> None:
    for turn in scene.kept:
        assert turn.role is Role.AGENT
        assert turn.message or turn.tool_calls or turn.tool_results
        if turn.tool_results:
            assert turn.message is None
            assert not turn.tool_calls
        if turn.interrupted:
            assert turn is scene.kept[-1]
            assert turn.message
            assert not turn.tool_calls
    for turns in scene.llm.heard:
        new = turns[len(scene.past) :]
        assert not new or new[-1].tool_results
        for turn, following in with_next(new):
            assert bool(turn.tool_calls) == bool(following and following.tool_results)


@examples
@given(scenes())
def test_a_tool_that_started_finishes_before_anything_else_is_said(scene: Scene) -> None:
    for at, event in enumerate(scene.events):
        if isinstance(event, ToolStarted):
            finished = scene.events[at + 1]
            assert isinstance(finished, ToolFinished)
            assert finished.result.call_id == event.call.id


@examples
@given(scenes())
def test_a_tool_runs_only_when_it_is_there_and_its_arguments_could_be_read(scene: Scene) -> None:
    known = {spec.name for spec in scene.tools.specs}
    calls = {call.id: call for turn in scene.kept for call in turn.tool_calls}
    results = [result for turn in scene.kept for result in turn.tool_results]
    started = {event.call.id for event in scene.events if isinstance(event, ToolStarted)}

    for result in results:
        call = calls[result.call_id]
        if call.name not in known or call.garbled is not None:
            assert result.call_id not in started
            assert result.is_error or result.unanswered
        if result.unanswered:
            assert result.call_id not in started
    assert all(call.garbled is None for call in scene.tools.runs)


@examples
@given(scenes())
def test_a_visitor_who_does_not_cut_in_always_hears_something(scene: Scene) -> None:
    if scene.tools.hush.asked:
        return
    skipped = any(
        result.name == system_tools.SKIP_TURN and not result.is_error
        for turn in scene.kept
        for result in turn.tool_results
    )

    assert skipped or isinstance(scene.events[-1], Ended) or scene.kept[-1].message


@examples
@given(scenes())
def test_trouble_is_told_in_words_and_its_reason_is_told_to_the_owner_only(scene: Scene) -> None:
    for event in scene.events:
        if isinstance(event, Failed):
            assert scene.kept[-1].message
            assert scene.kept[-1].message.endswith(Brief().trouble_message)
            assert event.reason not in scene.kept[-1].message
