"""Local models write their thoughts into the answer, between <think> tags: those are not said."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class Aloud:
    """Lets through what is meant to be said. Thoughts come only at the start of an answer."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._thought = False
        self._open = False

    def hear(self, text: str) -> str:
        """The part that may be said now."""
        if self._open:
            return text
        self._held += text
        if not (self._thinking or self._thought):
            start = self._held.lstrip()
            if not start.startswith(_OPEN):
                return "" if _OPEN.startswith(start) else self._speak(self._held)
            self._thinking, self._held = True, start.removeprefix(_OPEN)
        if self._thinking:
            thought, closed, answer = self._held.partition(_CLOSE)
            self._held = answer if closed else thought[-len(_CLOSE) :]
            self._thinking, self._thought = not closed, bool(closed)
        # The blank lines after a thought belong to it: the answer starts at its first word.
        return "" if self._thinking or not self._held.strip() else self._speak(self._held.lstrip())

    def rest(self) -> str:
        """What was held back only because it could have become a thought."""
        return "" if self._thinking or self._thought or self._open else self._speak(self._held)

    def _speak(self, text: str) -> str:
        self._open, self._held = True, ""
        return text
