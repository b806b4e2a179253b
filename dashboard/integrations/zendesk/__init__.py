"""Zendesk: look for solved tickets that help, else open one."""

from __future__ import annotations

from pathlib import Path

from ..starting_point import Need, StartingPoint, basic

ZENDESK = StartingPoint(
    key="zendesk",
    title="Support with Zendesk",
    does="Finds how similar tickets were solved, and opens a ticket when that does not help.",
    agent_name="Support desk",
    first_message="Hello! What can I help you with?",
    needs=(
        Need(
            key="zendesk_subdomain",
            label="Zendesk subdomain",
            hint="The first part of your Zendesk address: for acme.zendesk.com it is acme.",
            example="acme",
            pattern=r"[A-Za-z0-9][A-Za-z0-9\-]*",
        ),
        Need(
            key="zendesk_login",
            label="E-mail and API token",
            hint="Your e-mail address, then /token: and the token from Admin, Channels, API. "
            "It is sealed and never shown again.",
            example="jdoe@example.com/token:6wiIBWbGkBMo1m…",
            secret=True,
            kept_as=basic,
        ),
    ),
    folder=Path(__file__).parent,
)
