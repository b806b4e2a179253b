"""Turns reach the disk before anybody is told so, many in one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from dashboard.agents import revising
from dashboard.conversations import lifecycle
from dashboard.conversations.models import Conversation, LiveServer, StoredTurn
from dashboard.conversations.turns import as_row
from dashboard.conversations.writer import Gone, TurnWriter
from dashboard.engine.turns import visitor
from dashboard.workspaces.models import User, Workspace

pytestmark = [pytest.mark.both_profiles, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def conversations(workspace: Workspace, ada: User) -> list[Conversation]:
    agent = revising.create(workspace, ada, conversation_config={})
    server = LiveServer.objects.create()
    return [
        Conversation.objects.create(
            workspace=workspace, agent=agent, version=agent.told, server=server
        )
        for _ in range(3)
    ]


@pytest.fixture
def turns() -> Iterator[TurnWriter]:
    writer = TurnWriter()
    yield writer
    writer.stop()


def said(conversation: Conversation, number: int) -> StoredTurn:
    row = as_row(visitor(f"message {number}"))
    return StoredTurn(conversation_id=conversation.pk, number=number, **row)


async def keep(turns: TurnWriter, conversation: Conversation, number: int) -> None:
    await turns.keep(said(conversation, number), conversation.server_id or "")


def stored() -> int:
    try:
        return StoredTurn.objects.count()
    finally:
        connection.close()


async def test_a_kept_turn_is_visible_to_everybody(
    conversations: list[Conversation], turns: TurnWriter
):
    await keep(turns, conversations[0], 1)

    assert await sync_to_async(stored)() == 1


async def test_many_at_once_are_all_kept(conversations: list[Conversation], turns: TurnWriter):
    await asyncio.gather(*(keep(turns, c, n) for c in conversations for n in range(100)))

    assert await sync_to_async(stored)() == 300


async def test_one_bad_turn_does_not_take_the_others_with_it(
    conversations: list[Conversation], turns: TurnWriter
):
    first, second, _ = conversations
    tries = [keep(turns, first, 1), keep(turns, first, 1), keep(turns, second, 1)]

    outcomes = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert outcomes[2] is None
    assert await sync_to_async(stored)() == 2


async def test_a_finished_conversation_takes_no_more_turns(
    conversations: list[Conversation], turns: TurnWriter
):
    await sync_to_async(lifecycle.finish)(conversations[0].pk, "done")

    with pytest.raises(Gone):
        await keep(turns, conversations[0], 1)

    await keep(turns, conversations[1], 1)
    assert await sync_to_async(stored)() == 1


async def test_stopping_writes_what_waits(conversations: list[Conversation], turns: TurnWriter):
    waiting = [asyncio.ensure_future(keep(turns, conversations[0], n)) for n in range(50)]
    await asyncio.sleep(0)

    await asyncio.to_thread(turns.stop)

    await asyncio.gather(*waiting)
    assert await sync_to_async(stored)() == 50


async def test_a_conversation_that_another_server_holds_takes_no_turns_from_this_one(
    conversations: list[Conversation], turns: TurnWriter
):
    with pytest.raises(Gone):
        await turns.keep(said(conversations[0], 1), "server_of_somebody_else")

    assert await sync_to_async(stored)() == 0
