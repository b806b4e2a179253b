"""A visitor comes back to another server, or to another process of the same one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings
from websockets.asyncio.client import connect

from tests.drill.house import KEY, House, Program, house

from .doors import Door, Visitor, profile, record, turns

pytestmark = [pytest.mark.both_profiles, pytest.mark.xdist_group("houses")]
TEXT_AGENT = {
    "conversation_config": {
        "conversation": {"text_only": True},
        "agent": {"first_message": "Hello!", "prompt": {"prompt": "Be kind.", "llm": "stub"}},
    }
}


@pytest.fixture
def built(tmp_path: Path, model_url: str) -> Iterator[House]:
    """Two servers of one installation; on SQLite there can only be one."""
    with ExitStack() as stack:
        env = stack.enter_context(profile()) | {
            "PARLEY_LLM_URL": model_url,
            "PARLEY_LLM_MODEL": "stub",
            "PARLEY_HEARTBEAT_SECONDS": "1",
        }
        yield stack.enter_context(house(tmp_path, 1 if settings.EMBEDDED else 2, **env))


class Guest:
    """A client of ours: it keeps what it needs to come back."""

    def __init__(self, agent_id: str) -> None:
        self.agent_id = agent_id
        self.conversation_id, self.token = "", ""

    async def start(self, at: Program) -> Visitor:
        return await self._open(at, f"agent_id={self.agent_id}&resume=1")

    async def again(self, at: Program, after: int) -> Visitor:
        """Come back, as often as the server asks for patience."""
        query = f"conversation_id={self.conversation_id}&resume_token={self.token}&after={after}"
        async with asyncio.timeout(30):
            while True:
                visitor = await self._open(at, query)
                if visitor.frames:
                    return visitor
                assert visitor.socket.close_code == 1001, visitor.socket.close_reason
                await asyncio.sleep(0.2)

    async def _open(self, at: Program, query: str) -> Visitor:
        url = at.url.replace("http", "ws", 1) + f"/v1/convai/conversation?{query}"
        visitor = Visitor(await connect(url, proxy=None))
        await visitor.send({"type": "conversation_initiation_client_data"})
        async for text in visitor.socket:
            visitor.frames.append(json.loads(text))
            event = visitor.frames[0]["conversation_initiation_metadata_event"]
            self.conversation_id, self.token = event["conversation_id"], event["resume_token"]
            break
        return visitor


def door_of(server: Program) -> Door:
    assert server.process
    return Door(server.url, server.process, [], KEY)  # type: ignore[arg-type]  # bytes or text


async def greeted(built: House) -> tuple[Guest, Visitor, Program, Program]:
    """A guest at the first server, and the server where they will come back."""
    await built.start()
    guest = Guest(built.agent(TEXT_AGENT))
    visitor = await guest.start(built.servers[0])
    await visitor.answer()
    return guest, visitor, built.servers[0], built.servers[-1]


async def test_a_server_that_was_killed_in_mid_answer_is_followed_by_another(built: House):
    guest, visitor, first, last = await greeted(built)
    await visitor.say("stub:slow-100 Count")
    await visitor.until("agent_chat_response_part")
    await visitor.until("agent_chat_response_part")

    await first.kill()
    if first is last:
        await first.again()
    again = await guest.again(last, after=1)
    answer = await again.answer()
    await again.say("stub:echo Thanks")
    await again.answer()
    await again.socket.close()

    found = await record(door_of(last), guest.conversation_id, "processing", "done")
    kept = again.frames[0]["conversation_initiation_metadata_event"]["user_messages_kept"]
    assert kept == 1
    assert [said for _, said in turns(found)] == [
        "Hello!", "stub:slow-100 Count", answer, "stub:echo Thanks", "stub:echo Thanks",
    ]  # fmt: skip


async def test_a_server_that_stops_hands_its_conversations_over(built: House):
    guest, visitor, first, last = await greeted(built)
    await visitor.say("stub:slow-50 Count")
    await visitor.until("agent_chat_response_part")

    stopping = asyncio.create_task(first.stop())
    answer = await visitor.answer()  # one that was begun is finished
    code, _ = await visitor.closed()
    await stopping
    if first is last:
        await first.again()
    again = await guest.again(last, after=1)
    missed = await again.answer()
    await again.say("stub:echo Thanks")
    await again.answer()
    await again.socket.close()

    found = await record(door_of(last), guest.conversation_id, "processing", "done")
    assert code == 1001
    assert missed == answer
    assert [said for _, said in turns(found)].count(answer) == 1
    assert found["metadata"]["error"] is None
    assert first.exits[0] < 30


async def test_tabs_that_come_back_at_once_share_one_answer(built: House):
    guest, visitor, first, last = await greeted(built)
    await visitor.say("stub:slow-60 Count")
    await visitor.until("agent_chat_response_part")
    if first is last:
        await first.kill()
        await first.again()

    tabs = await asyncio.gather(*(guest.again(last, after=1) for _ in range(4)))
    async with asyncio.timeout(20):
        for closed in islice(asyncio.as_completed([t.socket.wait_closed() for t in tabs]), 3):
            await closed
    winner = next(tab for tab in tabs if tab.socket.close_code is None)
    answer = await winner.answer()
    await winner.say("stub:echo Thanks")
    thanks = await winner.answer()
    await winner.socket.close()

    found = await record(door_of(last), guest.conversation_id, "processing", "done")
    assert [tab.socket.close_code for tab in tabs if tab is not winner] == [1000] * 3
    assert [said for _, said in turns(found)] == [
        "Hello!", "stub:slow-60 Count", answer, "stub:echo Thanks", thanks,
    ]  # fmt: skip


async def test_a_visitor_who_moves_to_another_server_takes_the_conversation_along(built: House):
    guest, visitor, first, last = await greeted(built)
    await visitor.say("stub:slow-100 Count")
    await visitor.until("agent_chat_response_part")

    began = asyncio.get_running_loop().time()
    again = await guest.again(last, after=1)  # the old line is still open
    took = asyncio.get_running_loop().time() - began
    answer = await again.answer()
    old = await visitor.closed()
    back = await guest.again(first, after=1)
    same = await back.answer()
    await back.socket.close()

    found = await record(door_of(first), guest.conversation_id, "processing", "done")
    assert old[0] == (1000 if first is last else 1001)
    assert same == answer
    assert [said for _, said in turns(found)] == ["Hello!", "stub:slow-100 Count", answer]
    assert took < 8  # far below what a lost server would cost
