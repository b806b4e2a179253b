"""What a route needs to be asked properly: whose ids stand where, and the smallest good body.

A new route fails test_isolation.py until it has its lines here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.knowledge import signing

from .routes import Route
from .worlds import PNG, World

# Ids by their name in a path, a query or a body, wherever it stands: the kind of thing (worlds.py).
IDS = {
    "agent_id": "agent",
    "agent_ids": "agent",
    "used_by_agent_id": "agent",
    "visited_agent_ids": "agent",
    "picture_id": "picture",
    "conversation_id": "conversation",
    "file_id": "file",
    "version_id": "version",
    "tool_id": "tool",
    "tool_ids": "tool",
    "tool_ids_successful": "tool",
    "tool_ids_errored": "tool",
    "secret_id": "secret",
    "documentation_id": "document",
    "parent_folder_id": "folder",
    "ancestor_folder_id": "folder",
    "chunk_id": "passage",
    "webhook_id": "webhook",
    "post_call_webhook_id": "webhook",
    "created_by_user_id": "user",
}
# Names that look like ids of ours and are words of the caller's own, or of what is not here yet.
WORDS = {
    "user_id",  # the visitor's name for themselves
    "evaluation_criteria_ids",  # these two are names that the agent's owner gave
    "data_collection_ids",
    *("branch_id", "visited_agent_branch_ids", "triggered_procedure_ids", "topic_ids", "tag_ids"),
    *("workflow_node_entered_id", "parent_conversation_id"),
    *("phone_number_ids", "whatsapp_phone_number_ids"),
}
_SHELF = "/convai/knowledge-base"
_CHAT = "/convai/conversations/{conversation_id}/files"
# Where a name means something else on one route: (route, name) -> kind.
EXCEPTIONS: dict[tuple[str, str], str] = {
    (f"POST {_CHAT}", "conversation_id"): "chat",
    (f"DELETE {_CHAT}/{{file_id}}", "conversation_id"): "chat",
    (f"POST {_SHELF}/{{documentation_id}}/refresh", "documentation_id"): "page",
    (f"PATCH {_SHELF}/{{documentation_id}}/update-file", "documentation_id"): "paper",
    (f"GET {_SHELF}/{{documentation_id}}/source-file-url", "documentation_id"): "paper",
    (f"GET {_SHELF}/{{documentation_id}}/source-file", "documentation_id"): "paper",
}
# Parts of a path that are no ids: a word that fits. Anything else is 404 or 422.
PARTS: dict[tuple[str, str], str] = {
    ("GET /convai/secrets/{secret_id}/dependencies/{kind}", "kind"): "tools",
}
# What a query must hold beside ids: route -> parameters, made for a world.
QUERIES: dict[str, Callable[[World], dict[str, str]]] = {
    "GET /convai/conversations/messages/text-search": lambda world: {"text_query": "flat white"},
    f"GET {_SHELF}/search": lambda world: {"query": "espresso"},
    f"GET {_SHELF}/{{documentation_id}}/chunks": lambda world: {
        "embedding_model": "multilingual_e5_large_instruct"
    },
    f"GET {_SHELF}/{{documentation_id}}/source-file": lambda world: {
        "signature": signing.sign(world.id("paper"))
    },
}
# Routes that refuse whatever they are asked, and with what.
REFUSES = {
    "GET /convai/conversation/token": 400,
    "GET /convai/conversations/{conversation_id}/audio": 404,
    # This machine itself is nobody's web page.
    f"POST {_SHELF}/url": 422,
    f"POST {_SHELF}/{{documentation_id}}/refresh": 400,
}
# Routes that answer with a refusal in the place of each id that leads nowhere.
TOLD_IN_PLACE = {"GET /convai/agents/summaries"}
# A key that may only start conversations may ask these.
STARTS = {
    "GET /convai/conversation/get-signed-url",
    "GET /convai/conversation/get_signed_url",
}
# Questions too long for an address: a key that may only read may ask them.
ASKS = {"POST /convai/agent/{agent_id}/llm-usage/calculate"}


class Ids(Mapping[str, str]):
    """The ids that a body is made with; remembers which kinds it asked for."""

    def __init__(self, world: World, instead: Mapping[str, str] | None = None) -> None:
        self._world, self._instead = world, instead or {}
        self.asked: set[str] = set()

    def __getitem__(self, kind: str) -> str:
        self.asked.add(kind)
        return self._instead[kind] if kind in self._instead else self._world.id(kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self.asked)

    def __len__(self) -> int:
        return len(self.asked)


@dataclass(frozen=True)
class Body:
    """make: the body for these ids; files go in as multipart parts beside the fields.

    unresolved: kinds whose ids are kept as sent when there is no such thing, and then lead nowhere.
    """

    make: Callable[[Ids], Any] = lambda ids: {}
    files: Mapping[str, tuple[str, bytes, str]] = field(default_factory=dict)
    unresolved: frozenset[str] = frozenset()


# Documents may name things before there are any (as clients push them).
EARLY = frozenset({"tool", "document", "secret"})


def _agent(ids: Ids) -> dict[str, Any]:
    prompt = {
        "prompt": "Be kind.",
        "tool_ids": [ids["tool"]],
        "knowledge_base": [{"type": "text", "name": "Menu", "id": ids["document"]}],
    }
    return {"name": "Twin", "conversation_config": {"agent": {"prompt": prompt}}}


def _tool(ids: Ids) -> dict[str, Any]:
    headers = {"Authorization": {"secret_id": ids["secret"]}}
    return {
        "tool_config": {
            "type": "webhook",
            "name": "look_up",
            "description": "Looks something up.",
            "api_schema": {"url": "https://x.example/look", "request_headers": headers},
        }
    }


def _settings(ids: Ids) -> dict[str, Any]:
    return {"webhooks": {"post_call_webhook_id": ids["webhook"]}}


_HOOK = {"name": "Ours", "webhook_url": "https://x.example/hook", "auth_type": "hmac"}


def _placed(**facts: str) -> Callable[[Ids], Any]:
    return lambda ids: {"name": "Ours", "parent_folder_id": ids["folder"], **facts}


_TEXT = {"file": ("menu.txt", b"Espresso", "text/plain")}
BODIES: dict[str, Body] = {
    "POST /convai/agents/create": Body(_agent, unresolved=EARLY),
    "PATCH /convai/agents/{agent_id}": Body(_agent, unresolved=EARLY),
    "POST /convai/agents/{agent_id}/duplicate": Body(),
    "POST /convai/agents/{agent_id}/avatar": Body(
        files={"avatar_file": ("face.png", PNG, "image/png")}
    ),
    "POST /convai/conversations/{conversation_id}/feedback": Body(lambda ids: {"rating": 5}),
    f"POST {_CHAT}": Body(files=_TEXT),
    "POST /convai/tools": Body(_tool, unresolved=EARLY),
    "PATCH /convai/tools/{tool_id}": Body(_tool, unresolved=EARLY),
    "POST /convai/secrets": Body(lambda ids: {"type": "new", "name": "key", "value": "v"}),
    "PATCH /convai/secrets/{secret_id}": Body(lambda ids: {"type": "update", "name": "other"}),
    f"POST {_SHELF}/text": Body(_placed(text="Espresso.")),
    f"POST {_SHELF}/file": Body(_placed(), files=_TEXT),
    f"POST {_SHELF}/folder": Body(_placed()),
    f"POST {_SHELF}/url": Body(_placed(url="http://127.0.0.1:9/menu")),
    f"PATCH {_SHELF}/{{documentation_id}}": Body(lambda ids: {"name": "Other"}),
    f"PATCH {_SHELF}/{{documentation_id}}/update-file": Body(files=_TEXT),
    "PATCH /convai/settings": Body(_settings),
    "PATCH /convai/settings/dashboard": Body(lambda ids: {"charts": []}),
    "POST /convai/llm-usage/calculate": Body(
        lambda ids: {"prompt_length": 9, "number_of_pages": 1, "rag_enabled": True}
    ),
    "POST /convai/agent/{agent_id}/llm-usage/calculate": Body(),
    "POST /workspace/webhooks": Body(lambda ids: {"settings": _HOOK}),
    "PATCH /workspace/webhooks/{webhook_id}": Body(
        lambda ids: {"name": "Ours", "is_disabled": True}
    ),
}


def kind_of(route: Route, name: str) -> str | None:
    """The kind of thing that this id names; None for a word that is nobody's id."""
    if name in WORDS or (str(route), name) in PARTS:
        return None
    if (str(route), name) in EXCEPTIONS:
        return EXCEPTIONS[str(route), name]
    assert name in IDS, (
        f"{route}: what does `{name}` name? Add it to IDS, EXCEPTIONS, PARTS or WORDS in "
        "tests/api/isolation/cases.py, and its kind to KINDS in worlds.py."
    )
    return IDS[name]
