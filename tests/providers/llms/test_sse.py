"""Bytes into messages, however they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.providers.llms.sse import MOST, Events, Lines, TooLong, Whole


def heard(stream: bytes, size: int = 0) -> list[bytes]:
    events, found = Events(), []
    for at in range(0, len(stream), size or len(stream)):
        found += events.feed(stream[at : at + (size or len(stream))])
    return found + events.rest()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_events_are_the_same_however_lines_end_and_are_cut(end, size):
    lines = [
        b"\xef\xbb\xbf: a comment",
        b"event: delta",
        b'data: {"a": 1}',
        b"",
        b"id: 7",
        b"data:no space",
        b"",
        b"",
        b"data: one",
        b"data: two",
        b"retry: 100",
        b"",
        b"data: [DONE]",
        b"",
    ]
    stream = end.join(lines) + end

    assert heard(stream, size) == [b'{"a": 1}', b"no space", b"one\ntwo", b"[DONE]"]


@given(st.lists(st.sampled_from([b"data: x", b"", b":c"]), min_size=1), st.data())
def test_cutting_never_changes_what_is_heard(lines, data):
    end = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    stream = b"".join(line + end for line in lines)
    size = data.draw(st.integers(1, max(1, len(stream))))

    assert heard(stream, size) == heard(stream)


def test_the_last_event_counts_without_its_empty_line():
    assert heard(b"data: a\n\ndata: b") == [b"a", b"b"]


def test_an_event_is_heard_as_soon_as_it_is_whole():
    events = Events()

    assert events.feed(b"data: a\n") == []
    assert events.feed(b"\n") == [b"a"]


def test_a_line_without_end_is_given_up():
    lines = Lines()

    lines.feed(b"x" * MOST)

    with pytest.raises(TooLong):
        lines.feed(b"x")


def test_an_event_without_end_is_given_up():
    events = Events()

    events.feed(b"data: " + b"x" * MOST + b"\n")

    with pytest.raises(TooLong):
        events.feed(b"data: x\n")


def test_a_document_is_whole_at_its_end():
    whole = Whole()

    assert whole.feed(b'{"a":\n') == whole.feed(b"1}") == []
    assert whole.rest() == [b'{"a":\n1}']
