"""What anybody sends is read in a time that grows as it does: twice the text, twice the time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from dashboard.knowledge.passages import cut
from dashboard.providers.extract import _kind
from dashboard.providers.formats.web import _title
from dashboard.providers.keywords import Keywords
from dashboard.providers.sentences import sentences

NOTHING = Keywords(["We ship."])
CASES: dict[str, tuple[Callable[[int], object], int]] = {
    "comments": (lambda n: _kind(b"<!---->" * n + b"hello", "", ""), 20),
    "open comments": (lambda n: _kind(b"<!--" * n + b"hello", "", ""), 200),
    "blanks": (lambda n: _kind(b" " * n + b"<?xml " * n, "", ""), 500),
    "titles": (lambda n: _title("<title>" * n), 4_000),
    "open titles": (lambda n: _title("<title " * n), 4_000),
    "a long word": (lambda n: NOTHING.exact("1" + "a" * n + "_", bool), 20),
    "dots": (lambda n: NOTHING.exact("a." * n, bool), 2_000),
    "quotes": (lambda n: NOTHING.exact('"' * n, bool), 2_000),
    "initials": (lambda n: sentences("A. " * n), 4_000),
    "blanks after dots": (lambda n: sentences(". " * n + "." + " " * n + "x"), 4_000),
    "lines": (lambda n: cut("a short line\n" * n), 2_000),
    "open tags": (lambda n: cut("<div>\n" + "<!--" * n), 4_000),
}


@pytest.mark.parametrize("case", CASES)
def test_twice_the_text_takes_about_twice_the_time(case: str) -> None:
    read, size = CASES[case]

    def seconds(times: int) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.thread_time()
            read(size * times)
            best = min(best, time.thread_time() - start)
        return best

    # A floor, because clocks are coarse: what is over in a moment grows as it likes.
    assert seconds(4) < 10 * max(seconds(1), 0.002)
