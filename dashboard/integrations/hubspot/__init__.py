"""HubSpot: know the contact and what was said before, and write a ticket."""

from __future__ import annotations

from pathlib import Path

from ..starting_point import Need, StartingPoint, bearer

HUBSPOT = StartingPoint(
    key="hubspot",
    title="Customer care with HubSpot",
    does="Finds the customer and earlier calls in your HubSpot, and writes a ticket for them.",
    agent_name="Customer care",
    first_message="Hello! May I have your e-mail address, so that I can look you up?",
    needs=(
        Need(
            key="hubspot_key",
            label="HubSpot access token",
            hint="From a private app: Account Management, Integrations, Private Apps. "
            "It is sealed and never shown again.",
            example="pat-eu1-…",
            secret=True,
            kept_as=bearer,
        ),
    ),
    folder=Path(__file__).parent,
)
