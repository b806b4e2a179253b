"""What an agent must know to hold one conversation, with every variable already filled in."""

from __future__ import annotations

from dataclasses import dataclass

TROUBLE = "Sorry, I cannot answer right now. Please try again in a moment."
STUCK = "Sorry, I could not finish that. Could you put it another way?"


@dataclass(frozen=True)
class Brief:
    """`max_tokens` None: no limit. `max_steps`: how often one reply may go back to the model."""

    instructions: str = ""
    first_message: str = ""
    language: str = "en"
    temperature: float | None = None
    max_tokens: int | None = None
    max_steps: int = 8
    trouble_message: str = TROUBLE
    stuck_message: str = STUCK
