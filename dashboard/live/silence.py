"""A visitor who is silent: the agent speaks up once, and after longer it hangs up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dashboard.engine.ports import Speaker
from dashboard.engine.turns import Turn, visitor

from .timers import Timers

# A turn in which nothing was said, as the hosted platform writes it. It is not kept.
NOTHING = visitor("...")


class Silence:
    """Both times are seconds, and −1 for never (contract rest.md §5, `turn`)."""

    def __init__(
        self,
        timers: Timers,
        follow_up: tuple[float, Callable[[], None]],
        end: tuple[float, Callable[[], None]],
        *,
        has_followed_up: bool = False,
    ) -> None:
        self._timers = timers
        self._acts = {"follow-up": follow_up, "silence": end}
        self._followed = has_followed_up
        self._counting = False

    def begin(self) -> None:
        """The agent has said what it had to say: now it is the visitor's turn."""
        self._counting = True
        for name, (seconds, act) in self._acts.items():
            if seconds > 0 and not (name == "follow-up" and self._followed):
                self._timers.later(name, seconds, act)

    def broken(self) -> None:
        """The visitor has said something."""
        self._followed = False
        self.pause()

    def stirred(self) -> None:
        """The visitor is there, and has not said anything yet."""
        if self._counting:
            self.begin()

    def pause(self) -> None:
        """The agent speaks, or nobody is there."""
        self._counting = False
        for name in self._acts:
            self._timers.cancel(name)

    def followed(self) -> None:
        """Once is enough, until the visitor says something."""
        self._followed = True


def prompted(
    speaker: Speaker, turns: Sequence[Turn], seconds: float
) -> tuple[Speaker, Sequence[Turn]]:
    """Who speaks up, and to what."""
    note = (
        f"The visitor has said nothing for {seconds:g} seconds. Ask once, in one short sentence "
        "and in the language of the conversation, whether they are still there or need more help."
    )
    told = f"{speaker.brief.instructions}\n\n{note}".strip()
    return replace(speaker, brief=replace(speaker.brief, instructions=told)), [*turns, NOTHING]
