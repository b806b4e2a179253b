"""The SDK tries again by itself; nothing is made twice, and it waits as long as it was told."""

from __future__ import annotations

from typing import Any

import pytest
from elevenlabs.client import ElevenLabs

from tests.stand_ins.flaky import LoseAnswer, Refuse, flaky

from .conftest import ParleyServer

pytestmark = pytest.mark.xdist_group("sdk")


def options(key: str) -> Any:
    return {"additional_headers": {"Idempotency-Key": key}}


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_told_and_then_gets_its_answer(
    parley_server: ParleyServer, status: int
) -> None:
    with flaky(parley_server.url, Refuse(status, {"Retry-After": "1"})) as there:
        client = ElevenLabs(api_key=parley_server.api_key, base_url=there.url)

        listed = client.conversational_ai.agents.list(page_size=1)

    (first, _), (second, _) = there.asked
    assert 0.9 <= second - first < 10
    assert len(listed.agents) <= 1


def test_a_create_whose_answer_was_lost_is_not_made_twice(parley_server: ParleyServer) -> None:
    with flaky(parley_server.url, LoseAnswer()) as there:
        client = ElevenLabs(api_key=parley_server.api_key, base_url=there.url)
        agents = client.conversational_ai.agents

        made = agents.create(
            name="Made once", conversation_config={}, request_options=options("order-17")
        )

        found = agents.list(search="Made once").agents
    posts = [asked for _, asked in there.asked if asked.startswith("POST")]
    assert len(posts) == 2
    assert [agent.agent_id for agent in found] == [made.agent_id]


def test_the_same_create_under_the_same_key_is_answered_as_before(
    parley_server: ParleyServer,
) -> None:
    with flaky(parley_server.url) as there:
        client = ElevenLabs(api_key=parley_server.api_key, base_url=there.url)
        name = {"name": "twice_told", "value": "Bearer x"}

        made = client.conversational_ai.secrets.create(**name, request_options=options("s-1"))
        again = client.conversational_ai.secrets.create(**name, request_options=options("s-1"))

        client.conversational_ai.secrets.delete(made.secret_id)
    assert again.secret_id == made.secret_id
