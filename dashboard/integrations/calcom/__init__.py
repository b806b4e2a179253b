"""Cal.com: find a free time and book a meeting."""

from __future__ import annotations

from pathlib import Path

from ..starting_point import Need, StartingPoint, bearer

CALCOM = StartingPoint(
    key="calcom",
    title="Book meetings with Cal.com",
    does="Looks up free times in your Cal.com calendar and books the meeting in the chat.",
    agent_name="Meeting desk",
    first_message="Hello! I can book a meeting for you. What is it about, and when would suit you?",
    needs=(
        Need(
            key="calcom_key",
            label="Cal.com API key",
            hint="In Cal.com: Settings, Developer, API keys. It is sealed and never shown again.",
            example="cal_live_…",
            secret=True,
            kept_as=bearer,
        ),
        Need(
            key="calcom_event_types",
            label="Event types",
            hint="One a line: how long, and the number at the end of the event type's address.",
            example="15 minutes: 1351800\n30 minutes: 1351801",
            pattern=r"[\s\S]*\d[\s\S]*",
            lines=3,
        ),
    ),
    folder=Path(__file__).parent,
)
