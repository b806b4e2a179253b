"""Where sentences end, well enough to quote them whole."""

from __future__ import annotations

import re

# An end mark, perhaps a closing quote, then a blank and something that can begin a sentence.
_END = re.compile(r"(?<=[.!?…])([\"'”’»)\]]*)\s+(?=[\"'“‘«(\[¿¡]*[A-Z0-9À-ÞΑ-ΩА-Я])|(?<=[。！？])")
_LONGEST = 12  # characters; more than any of these with what stands before it
_GOES_ON = re.compile(
    r"(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|approx|ca|cf|e\.g|i\.e|a\.m|p\.m|[A-Z]|\d{1,2})\.$"
)


def sentences(text: str) -> list[str]:
    """The sentences of each line; a line break ends one in any case."""
    return [sentence for line in text.splitlines() for sentence in _of_line(line)]


def _of_line(line: str) -> list[str]:
    found: list[str] = []
    start = 0
    for match in _END.finditer(line):
        end = match.end() if match[1] is None else match.end(1)
        # Only the last word: all of the piece, again at each of its dots, takes for ever.
        last = line[max(start, end - _LONGEST) : end].strip()
        # "approx. 5" and "Dr. Berg" go on; so does the number before a step, "1. Grind".
        if last and not _GOES_ON.search(last):
            found.append(line[start:end].strip())
            start = match.end()
    rest = line[start:].strip()
    return [*found, rest] if rest else found
