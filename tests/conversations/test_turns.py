"""A turn comes back from its row as it went in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.conversations.models import StoredTurn
from dashboard.conversations.turns import as_row, as_turn
from dashboard.engine.turns import (
    Excerpt,
    Role,
    ToolCall,
    ToolKind,
    ToolResult,
    Turn,
    Usage,
    visitor,
)
from dashboard.workspaces.models import User, Workspace

from .visits import agent_of, visit

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=5,
)
turns = st.builds(
    Turn,
    role=st.sampled_from(Role),
    message=st.none() | text,
    tool_calls=st.lists(
        st.builds(
            ToolCall,
            id=text,
            name=text,
            arguments=st.dictionaries(text, json_values, max_size=3),
            garbled=st.none() | text,
        ),
        max_size=2,
    ).map(tuple),
    tool_results=st.lists(
        st.builds(
            ToolResult,
            call_id=text,
            name=text,
            output=text,
            is_error=st.booleans(),
            unanswered=st.booleans(),
            kind=st.sampled_from(ToolKind),
        ),
        max_size=2,
    ).map(tuple),
    interrupted=st.booleans(),
    sources=st.lists(
        st.builds(
            Excerpt,
            document_id=text,
            passage_id=text,
            title=text,
            text=text,
            distance=st.floats(0, 2),
        ),
        max_size=2,
    ).map(tuple),
    usage=st.none() | st.builds(Usage, model=text, input_tokens=st.integers(0, 9)),
)


@given(turns)
def test_a_row_gives_the_same_turn_back(turn: Turn) -> None:
    assert as_turn(StoredTurn(**as_row(turn))) == turn


@pytest.mark.both_profiles
def test_what_a_database_cannot_keep_is_left_out(workspace: Workspace, ada: User) -> None:
    call = ToolCall("c\0", "lookup", {"na\0me": ["a\0b", "\udcff"]})
    results = (ToolResult("c", "lookup", "out\0put", kind=ToolKind.WEBHOOK),)
    spoken = [visitor("nul\0 and half \ud83d"), Turn(Role.AGENT, None, (call,), results)]

    conversation = visit(agent_of(workspace, ada), spoken)

    first, second = map(as_turn, conversation.turns.all())
    assert first.message == "nul and half ?"
    assert second.tool_calls == (ToolCall("c", "lookup", {"name": ["ab", "?"]}),)
    assert second.tool_results[0].output == "output"
