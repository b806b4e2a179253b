"""What an agent must know to hold one conversation, with every variable already filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TROUBLE = "Sorry, I cannot answer right now. Please try again in a moment."
STUCK = "Sorry, I could not finish that. Could you put it another way?"


@dataclass(frozen=True)
class Brief:
    """`max_tokens` None: no limit. `max_steps`: how often one reply may go back to the model.

    `model`: its name for people. `context_tokens`: how many it can read, 0 when nobody knows; of a
    conversation that is longer, the oldest part is left out.
    `extra_body`: more fields for a custom model's requests, as the client sent them.
    """

    instructions: str = ""
    first_message: str = ""
    language: str = "en"
    temperature: float | None = None
    max_tokens: int | None = None
    max_steps: int = 8
    trouble_message: str = TROUBLE
    stuck_message: str = STUCK
    model: str = ""
    context_tokens: int = 0
    extra_body: Mapping[str, Any] = field(default_factory=dict)
