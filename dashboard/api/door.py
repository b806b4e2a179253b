"""The REST door: the routers, the key, and the forms of questions and answers."""

from __future__ import annotations

from ninja import NinjaAPI

from . import agents, conversations, starting, widgets
from .auth import KeyHeader
from .errors import speak_json
from .reading import JsonParser, JsonRenderer

door = NinjaAPI(
    title="Parley",
    docs_url=None,
    auth=KeyHeader(),
    parser=JsonParser(),
    renderer=JsonRenderer(),
    urls_namespace="v1",
)
speak_json(door)
door.add_router("/convai/agents", widgets.router)
door.add_router("/convai/agents", agents.router)
door.add_router("/convai/conversations", conversations.router)
door.add_router("/convai/conversation", starting.router)
