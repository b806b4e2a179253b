"""How the built-in answerer puts quotes, sources and refusals, and how it knows them again."""

from __future__ import annotations

import re
from collections.abc import Sequence

REFUSAL = (
    "I can only answer from this site's own documents, and I found nothing about that in them."
)
NO_FILES = "I cannot read files. Please write what you would like to know."
_SOURCES = re.compile(r"\(From: (.+)\)\s*$")
_BETWEEN = "; "


def with_sources(quotes: Sequence[tuple[str, str]]) -> str:
    """Sentences with the title each one came from, as one answer."""
    text = ""
    for quote, _ in quotes:
        # A line of a list has no end mark of its own: it stays a line.
        glue = " " if text.endswith((".", "!", "?", "…", "”", '"', "。")) else "\n"
        text += f"{glue}{quote}" if text else quote
    titles = dict.fromkeys(title for _, title in quotes)
    return f"{text}\n\n(From: {_BETWEEN.join(titles)})"


def refusal(titles: Sequence[str]) -> str:
    """`titles`: documents that are known to have answers."""
    if not titles:
        return f"{REFUSAL} Could you put it another way?"
    known = ", ".join(titles[:-1]) + (" and " if titles[1:] else "") + titles[-1]
    return f"{REFUSAL} You can ask me about {known}, or put it another way."


def sources_in(answer: str) -> list[str]:
    """The titles below an answer; none when it is not a quote."""
    match = _SOURCES.search(answer)
    return match[1].split(_BETWEEN) if match else []


def is_refusal(answer: str) -> bool:
    return answer.startswith(REFUSAL)
