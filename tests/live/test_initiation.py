"""The owner's own server is asked about a visitor, over real sockets on both sides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.drill.house import KEY, Program, house

from .doors import Door, record, turns, visit

pytestmark = pytest.mark.xdist_group("houses")


class Crm:
    """The owner's server: it answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: tuple[int, Any] = (200, {})
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        self.asked.append(json.loads(await reader.readexactly(length)))
        status, told = self.answer
        body = b"" if told is None else json.dumps(told).encode()
        writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def crm() -> AsyncIterator[Crm]:
    own = Crm()
    server = await asyncio.start_server(own.hear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    own.url = f"http://127.0.0.1:{port}/start"
    async with server:
        yield own


def agent_asking(url: str, **limits: Any) -> dict[str, Any]:
    hook = {"url": url, "request_headers": {}}
    return {
        "conversation_config": {
            "conversation": {"text_only": True},
            "agent": {
                "first_message": "Hello {{name}}!",
                "prompt": {"prompt": "Be kind.", "llm": "stub"},
                "dynamic_variables": {"dynamic_variable_placeholders": {"name": "you"}},
            },
        },
        "platform_settings": {
            "call_limits": limits,
            "overrides": {"enable_conversation_initiation_client_data_from_webhook": True},
            "workspace_overrides": {"conversation_initiation_client_data_webhook": hook},
        },
    }


async def test_the_owners_server_is_asked_before_the_first_word(tmp_path: Path, model_url: str):
    env = {
        "PARLEY_LLM_URL": model_url,
        "PARLEY_LLM_MODEL": "stub",
        "PARLEY_EGRESS_ALLOW": "127.0.0.1",
    }
    with house(tmp_path, 1, **env) as built:
        async with crm() as own:
            await built.start()
            at = _door(built.servers[0])
            agent_id = built.agent(
                agent_asking(own.url, agent_concurrency_limit=1, bursting_enabled=False)
            )

            own.answer = (200, {"dynamic_variables": {"name": "Ada"}, "user_id": "crm-7"})
            async with visit(at, agent_id) as visitor:
                named = await visitor.hello(user_id="u1")
                greeting = await visitor.answer()
            told = await record(at, named, "processing", "done")
            own.answer = (200, None)  # it has nothing to add
            async with visit(at, agent_id) as visitor:
                await visitor.hello()
                plain = await visitor.answer()
            await _free(at)
            own.answer = (500, {"error": "down"})
            async with visit(at, agent_id) as visitor:
                await visitor.send({"type": "conversation_initiation_client_data"})
                code, reason = await visitor.closed()
            await _free(at)

    assert greeting == "Hello Ada!"
    assert (told["user_id"], turns(told)) == ("crm-7", [("agent", "Hello Ada!")])
    assert own.asked[0]["user_id"] == "u1"
    assert own.asked[0]["conversation_id"] == named
    assert plain == "Hello you!"
    assert code == 1008
    assert "500" not in (reason or "")


def _door(server: Program) -> Door:
    assert server.process
    return Door(server.url, server.process, [], KEY)  # type: ignore[arg-type]  # bytes or text


async def _free(at: Door) -> None:
    """Until no place is taken."""
    async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as client:
        while True:
            url = f"{at.url}/v1/convai/limits"
            found = (await client.get(url, headers={"xi-api-key": KEY})).json()
            if not found["total"]["in_use"] and not found["total"]["handshakes"]:
                return
            await asyncio.sleep(0.05)
