"""Conversations over the bare wire, for clients that only read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.boot.running import PATIENCE

from .conftest import ParleyServer

JSON = dict[str, Any]


def rest_of(server: ParleyServer) -> httpx.Client:
    key = {"xi-api-key": server.api_key}
    return httpx.Client(base_url=f"{server.url}/v1/convai", headers=key, timeout=PATIENCE)


def judging_agent(server: ParleyServer, tool_url: str = "") -> str:
    """An agent that is judged, and with a URL: one that has read something, and looks orders up."""
    with rest_of(server) as rest:
        prompt: JSON = {}
        if tool_url:
            text = {"text": "Orders to the island of Ærø are sent on Mondays.", "name": "Orders"}
            read = {"type": "text", "usage_mode": "auto"}
            read |= rest.post("/knowledge-base/text", json=text).json()
            prompt = {"tools": [_tool(tool_url)], "knowledge_base": [read]}
            prompt["rag"] = {"enabled": True}
        made = rest.post("/agents/create", json=_told(prompt))
        assert made.status_code == 200, made.text
        return str(made.json()["agent_id"])


@contextmanager
def talk(server: ParleyServer, agent_id: str, user_id: str = "") -> Iterator[tuple[str, Any]]:
    """The conversation's id, and a function that says something and waits for the answer."""
    with connect(f"{server.ws_url}/v1/convai/conversation?agent_id={agent_id}") as socket:
        who = {"user_id": user_id} if user_id else {}
        socket.send(json.dumps({"type": "conversation_initiation_client_data", **who}))
        metadata = json.loads(socket.recv(timeout=PATIENCE))
        told = metadata["conversation_initiation_metadata_event"]
        yield str(told["conversation_id"]), lambda text: _answer(socket, text)


def _answer(socket: ClientConnection, text: str) -> str:
    socket.send(json.dumps({"type": "user_message", "text": text}))
    while (event := json.loads(socket.recv(timeout=PATIENCE)))["type"] != "agent_response":
        pass
    return str(event["agent_response_event"]["agent_response"])


def judged(server: ParleyServer, conversation_id: str) -> str:
    deadline = time.monotonic() + PATIENCE
    with rest_of(server) as rest:
        while time.monotonic() < deadline:
            if rest.get(f"/conversations/{conversation_id}").json()["status"] == "done":
                return conversation_id
            time.sleep(0.1)
    raise AssertionError(f"{conversation_id} was not judged in {PATIENCE} seconds")


def judged_talk(server: ParleyServer, text: str) -> str:
    """Make an agent that judges, say one thing to it, and wait for the analysis."""
    with talk(server, judging_agent(server)) as (conversation_id, say):
        say(text)
    return judged(server, conversation_id)


def _tool(url: str) -> JSON:
    number = {"type": "string", "description": "The order's number"}
    return {
        "type": "webhook",
        "name": "orders",
        "description": "Looks an order up",
        "api_schema": {
            "url": url,
            "query_params_schema": {"properties": {"order": number}, "required": ["order"]},
        },
    }


def _told(prompt: JSON) -> JSON:
    criterion = {"id": "kind", "name": "Kind", "conversation_goal_prompt": "Was it kind?"}
    return {
        "name": "Judged",
        "conversation_config": {
            "conversation": {"text_only": True},
            "agent": {"prompt": prompt},
        },
        "platform_settings": {
            "evaluation": {"criteria": [criterion]},
            "data_collection": {
                "mood": {"type": "string", "description": "The mood"},
                "userIntent": {"type": "boolean", "description": "Whether they want to buy"},
            },
        },
    }
