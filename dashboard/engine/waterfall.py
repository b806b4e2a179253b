"""Where the time of an answer goes: the names of its parts, and who adds them up. No clock here."""

from __future__ import annotations

from .events import Delta, Event, Searched, ToolFinished, ToolStarted, TurnTaken, Waited

# The hosted platform's names: seconds from the visitor's message to the first word, and to the
# last one (contract rest.md §13, conversation_turn_metrics).
FIRST_WORD = "convai_llm_service_ttfb"
LAST_WORD = "convai_llm_service_tt_last_sentence"

RETRIEVAL = "parley_retrieval"  # looking into the library
QUEUE = "parley_queue"  # waiting for a place at the model
THINKING = "parley_first_token"  # from the question to the model's first sign
SPEAKING = "parley_speaking"  # from its first word to its last
TOOLS = "parley_tools"
STORAGE = "parley_storage"  # keeping the message, and the turns before this one

PARTS = (STORAGE, RETRIEVAL, QUEUE, THINKING, SPEAKING, TOOLS)


class Waterfall:
    """Told what happens and when, it knows which part took how long.

    Each turn has its own parts: those since the turn before it. Over all turns of an answer they
    add up to the time that the answer took. The time that a turn takes to be stored belongs to
    the next one, for a row cannot tell how long its own writing took. FIRST_WORD and LAST_WORD
    always count from the beginning.
    """

    def __init__(self, began: float) -> None:
        """`began`: when the visitor's message was taken up, before it was stored."""
        self._began = self._since = began
        self._parts: dict[str, float] = {}
        self._heard = False  # the first word of the whole answer
        self._speaking = False
        self._closed = False

    def see(self, event: Event, now: float) -> None:
        match event:
            case Searched():  # comes when the search is done, as the other events do
                self._spent(RETRIEVAL, now)
            case Waited(seconds):
                queued = min(seconds, max(0.0, now - self._since))
                self._spent(THINKING, now - queued)
                self._spent(QUEUE, now)
            case Delta():
                self._spent(SPEAKING if self._speaking else THINKING, now)
                self._speaking = True
                if not self._heard:
                    self._heard = True
                    self._parts[FIRST_WORD] = now - self._began
            case ToolStarted() | ToolFinished():
                self._spent(TOOLS, now)
            case TurnTaken(turn):
                thinking = SPEAKING if self._speaking else THINKING
                self._spent(TOOLS if turn.tool_results else thinking, now)
                self._parts[LAST_WORD] = now - self._began
                self._speaking = False
                self._closed = True

    def stored(self, seconds: float) -> None:
        """Something was kept, just now, before the next event."""
        self._spent(STORAGE, self._since + seconds)

    def metrics(self) -> dict[str, float]:
        """Seconds by name, for the turn that was taken last or is being made."""
        return {name: round(took, 4) for name, took in self._parts.items()}

    def _spent(self, part: str, now: float) -> None:
        """What has passed since the last event went into this part."""
        if self._closed:
            self._parts = {}
            self._closed = False
        took = max(0.0, now - self._since)
        if took:
            self._parts[part] = self._parts.get(part, 0.0) + took
        self._since = max(self._since, now)
