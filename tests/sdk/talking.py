"""A conversation over the bare wire, for clients that only read."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
from websockets.sync.client import connect

from tests.boot.running import PATIENCE

from .conftest import ParleyServer


def judged_talk(server: ParleyServer, text: str) -> str:
    """Make an agent that judges, say one thing to it, and wait for the analysis."""
    with httpx.Client(
        base_url=f"{server.url}/v1/convai", headers={"xi-api-key": server.api_key}
    ) as rest:
        made = rest.post("/agents/create", json=_told())
        url = f"{server.ws_url}/v1/convai/conversation?agent_id={made.json()['agent_id']}"
        with connect(url) as socket:
            socket.send(json.dumps({"type": "conversation_initiation_client_data"}))
            metadata = json.loads(socket.recv(timeout=PATIENCE))
            socket.send(json.dumps({"type": "user_message", "text": text}))
            while json.loads(socket.recv(timeout=PATIENCE))["type"] != "agent_response":
                pass
        event = metadata["conversation_initiation_metadata_event"]
        conversation_id = str(event["conversation_id"])
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if rest.get(f"/conversations/{conversation_id}").json()["status"] == "done":
                return conversation_id
            time.sleep(0.1)
    raise AssertionError(f"{conversation_id} was not judged in {PATIENCE} seconds")


def _told() -> dict[str, Any]:
    criterion = {"id": "kind", "name": "Kind", "conversation_goal_prompt": "Was it kind?"}
    return {
        "name": "Judged",
        "conversation_config": {"conversation": {"text_only": True}},
        "platform_settings": {
            "evaluation": {"criteria": [criterion]},
            "data_collection": {"mood": {"type": "string", "description": "The mood"}},
        },
    }
