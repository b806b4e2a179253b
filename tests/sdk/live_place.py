"""Where the vendor's clients chat: a server, and a model behind it that remembers what it heard."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from tests.live.doors import KEY, Door
from tests.stand_ins.listening_model import Listening

from .browser_sdk import Play, Talk

JSON = dict[str, Any]
GREETING = "Hello! What can I do for you?"
BY_TEXT = {"conversation": {"text_only": True}}
LEAVE = {"conversation_config_override": BY_TEXT}
KINDS = ("text only", "voice with leave", "voice without leave")


@dataclass(frozen=True)
class Place:
    door: Door
    model: Listening

    @property
    def ws(self) -> str:
        return self.door.url.replace("http", "ws", 1)

    @property
    def key(self) -> str:
        return KEY

    def agent(self, platform: JSON | None = None, **config: JSON) -> str:
        """A text-only agent that greets. `config`: parts of its conversation_config, on top."""
        usual: JSON = {
            "conversation": {"text_only": True},
            "agent": {"first_message": GREETING, "prompt": {"prompt": "Be kind.", "llm": "stub"}},
        }
        return self.door.agent(_over(usual, config), **(platform or {}))

    def agent_of(self, kind: str) -> str:
        """One of KINDS."""
        voice = {"conversation": {"text_only": kind == "text only"}}
        return self.agent({"overrides": LEAVE} if kind == "voice with leave" else {}, **voice)

    def browser(self, play: Play, agent_id: str, **options: Any) -> Talk:
        """A session of the browser SDK that is told nothing but the server's address."""
        return Talk(play, **{"agentId": agent_id, "origin": self.ws, "textOnly": True, **options})

    def signed_url(self, agent_id: str, **query: Any) -> str:
        asked = {"agent_id": agent_id, **query}
        told = self.door.call("GET", "/conversation/get-signed-url", params=asked)
        return str(told["signed_url"])

    def read(self, conversation_id: str, *states: str) -> Any:
        """The conversation by REST, once it is in one of the states."""
        until = time.monotonic() + 30
        while True:
            found = self.door.call("GET", f"/conversations/{conversation_id}")
            if not states or found["status"] in states:
                return found
            assert time.monotonic() < until, f"still {found['status']}"
            time.sleep(0.05)

    def ended(self, conversation_id: str) -> Any:
        return self.read(conversation_id, "processing", "done", "failed")

    def heard(self, words: str) -> JSON:
        """The last request in which the model was asked about these words of a visitor."""
        asked = self.model.about(words)
        assert asked, f"the model never heard {words!r}"
        return asked[-1]


def client_tool(name: str, **more: Any) -> JSON:
    """A function of the visitor's page that takes one word."""
    word = {"type": "string", "description": "A word"}
    return {
        "type": "client",
        "name": name,
        "description": f"The page's {name}",
        "parameters": {"type": "object", "properties": {"word": word}, "required": []},
        "expects_response": True,
        **more,
    }


def _over(usual: JSON, more: JSON) -> JSON:
    """Objects are merged, the rest is replaced."""
    merged = dict(usual)
    for name, part in more.items():
        both = isinstance(part, dict) and isinstance(usual.get(name), dict)
        merged[name] = _over(usual[name], part) if both else part
    return merged
