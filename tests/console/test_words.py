"""Times and lengths as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.console.words import came_by, clock, lasted, took, when

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=4, seconds=50), "4 min ago"),
        (timedelta(hours=2), "Today 10:00"),
        (timedelta(hours=14), "Yesterday 22:00"),
        (timedelta(days=10), "12 Nov 12:00"),
        (timedelta(days=400), "18 Oct 2025 12:00"),
        (timedelta(minutes=-30), "Today 12:30"),
    ],
)
def test_a_moment_is_said_in_the_shortest_exact_way(passed: timedelta, said: str):
    assert when(NOW - passed, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.4, "59 s"), (252, "4 min 12 s"), (3780, "1 h 3 min")]
)
def test_a_length_has_at_most_two_units(seconds: float, said: str):
    assert lasted(seconds) == said


def test_a_place_in_the_conversation_reads_like_a_clock():
    assert [clock(0), clock(14.9), clock(723)] == ["0:00", "0:14", "12:03"]


def test_a_wait_too_short_to_notice_has_no_figure():
    assert [took(0.02), took(1.94)] == ["under 0.1 s", "1.9 s"]


def test_a_client_that_says_nothing_is_unknown():
    assert [came_by("dashboard"), came_by("my_own"), came_by("")] == [
        "Test chat",
        "my_own",
        "Unknown client",
    ]
