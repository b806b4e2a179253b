"""Each way to say who you are, on a real socket: in by the right one, told why by the wrong one."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed

from dashboard.conversations.admission import (
    UNSIGNED,
    USED_SIGNATURE,
    WRONG_BEARER,
    WRONG_KEY,
    WRONG_SHARE,
    WRONG_SIGNATURE,
)

from .doors import KEY, Door, record, visit

pytestmark = pytest.mark.both_profiles
TOKEN = "a-link-that-is-shared"


def guarded(at: Door) -> str:
    return at.agent(auth={"enable_auth": True, "shareable_token": TOKEN})


def bearing(text: str) -> dict[str, Any]:
    """As the browser SDK offers it (option `authorization`)."""
    return {"subprotocols": ["convai", f"bearer.{text}"]}


async def signed(at: Door, agent_id: str, more: str = "") -> str:
    path = f"/conversation/get-signed-url?agent_id={agent_id}{more}"
    told = await asyncio.to_thread(at.call, "GET", path)
    signature: str = parse_qs(urlsplit(told["signed_url"]).query)["conversation_signature"][0]
    return signature


async def let_in(at: Door, agent_id: str, **shown: Any) -> str:
    """By what, as the record says."""
    async with visit(at, agent_id, **shown) as visitor:
        conversation_id = await visitor.hello()
        if "subprotocols" in shown:
            assert visitor.socket.subprotocol == "convai"
    method: str = (await record(at, conversation_id))["metadata"]["authorization_method"]
    return method


async def turned_away(at: Door, agent_id: str, **shown: Any) -> tuple[int | None, str | None]:
    async with visit(at, agent_id, **shown) as visitor:
        with pytest.raises(ConnectionClosed):
            await visitor.hello()
        return await visitor.closed()


async def test_each_right_way_opens_the_agent(at: Door) -> None:
    agent_id = await asyncio.to_thread(guarded, at)
    signature = await signed(at, agent_id)

    assert await let_in(at, agent_id, additional_headers={"xi-api-key": KEY}) == (
        "authorization_header"
    )
    assert await let_in(at, agent_id, **bearing(KEY)) == "authorization_header"
    assert await let_in(at, agent_id, **bearing(signature)) == "signed_url"
    assert await let_in(at, agent_id, query=f"&conversation_signature={signature}") == "signed_url"
    assert await let_in(at, agent_id, query=f"&shareable_token={TOKEN}") == "shareable_link"


async def test_each_wrong_way_is_told_why_and_counted(at: Door) -> None:
    agent_id = await asyncio.to_thread(guarded, at)
    once = await signed(at, agent_id, "&include_conversation_id=true")
    assert await let_in(at, agent_id, query=f"&conversation_signature={once}") == "signed_url"
    before = await refusals(at)
    ways: list[tuple[dict[str, Any], str]] = [
        ({}, UNSIGNED.message),
        ({"query": "&conversation_signature=x"}, WRONG_SIGNATURE.message),
        ({"query": f"&conversation_signature={once}"}, USED_SIGNATURE.message),
        ({"query": "&shareable_token=x"}, WRONG_SHARE.message),
        ({"additional_headers": {"xi-api-key": "sk_wrong"}}, WRONG_KEY.message),
        (bearing("sk_wrong"), WRONG_BEARER.message),
    ]

    for shown, message in ways:
        assert await turned_away(at, agent_id, **shown) == (1008, message)

    until = asyncio.get_running_loop().time() + 20
    while await refusals(at) < before + len(ways):
        assert asyncio.get_running_loop().time() < until
        await asyncio.sleep(0.05)
    assert await refusals(at) == before + len(ways)


async def refusals(at: Door) -> int:
    told = await asyncio.to_thread(at.call, "GET", "/limits")
    return sum(
        one["count"] for one in told["refusals_last_7_days"] if one["reason"] == "authorization"
    )
