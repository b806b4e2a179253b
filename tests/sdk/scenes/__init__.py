"""What a customer's scripts do with the whole API, from the first agent to the last delete."""

from __future__ import annotations

from ..steps import Step
from . import account, agents, conversations, knowledge, tools


def whole(run: str) -> list[Step]:
    """`run` begins every name, so that several clients may play on one server."""
    acts = (
        agents.making,
        tools.secrets,
        tools.making,
        knowledge.making,
        account.webhooks,
        account.settings,
        conversations.reading,
        conversations.taking_part,
        agents.reading,
        account.looking,
        knowledge.ending,
        tools.ending,
        conversations.ending,
        agents.ending,
    )
    return [step for act in acts for step in act(run)]
