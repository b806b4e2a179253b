"""What is thought is not said."""

from __future__ import annotations

import pytest

from dashboard.providers.llms.thinking import Aloud


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello <think> is a tag.", "Hello <think> is a tag."),
        ("<think>\nHm.\n</think>\n\nHello.", "Hello."),
        ("\n<think></think>Hello.", "Hello."),
        ("<thin air>", "<thin air>"),
        ("<thi", "<thi"),
        ("<think>for ever", ""),
        ("", ""),
    ],
)
def test_thoughts_are_left_out(text, said, size):
    aloud = Aloud()

    heard = "".join(aloud.hear(text[at : at + size]) for at in range(0, len(text), size))

    assert heard + aloud.rest() == said
