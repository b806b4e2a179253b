"""The REST door: the routers, the key, and the forms of questions and answers."""

from __future__ import annotations

from ninja import NinjaAPI

from dashboard import __version__

from . import (
    account,
    agent_lists,
    agent_pictures,
    agents,
    conversations,
    feedback,
    files,
    knowledge,
    knowledge_adding,
    knowledge_contents,
    limits,
    secrets,
    settings,
    starting,
    text_search,
    tools,
    usage,
    users,
    webhooks,
    widgets,
)
from .auth import KeyHeader
from .errors import speak_json
from .reading import JsonParser, JsonRenderer
from .threshold import guard

door = NinjaAPI(
    title="Parley",
    version=__version__,
    docs_url=None,
    openapi_url=None,  # openapi.py tells more
    auth=KeyHeader(),
    parser=JsonParser(),
    renderer=JsonRenderer(),
    urls_namespace="v1",
)
speak_json(door)
guard(door)
door.add_router("/convai/agents", widgets.router)
door.add_router("/convai/agents", agent_lists.router)
door.add_router("/convai/agents", agents.router)
door.add_router("/convai/agents", agent_pictures.router)
door.add_router("/convai/conversations", conversations.router)
door.add_router("/convai/conversations", text_search.router)
door.add_router("/convai/conversations", feedback.router)
door.add_router("/convai/conversations", files.router)
door.add_router("/convai/conversation", starting.router)
door.add_router("/convai", users.router)
door.add_router("/convai/settings", settings.router)
door.add_router("/convai", usage.router)
door.add_router("/convai", limits.router)
door.add_router("/user", account.router)
door.add_router("/models", account.speech)
door.add_router("/workspace/webhooks", webhooks.router)
door.add_router("/convai/tools", tools.router)
door.add_router("/convai/secrets", secrets.router)
door.add_router("/convai/knowledge-base", knowledge_adding.router)
door.add_router("/convai/knowledge-base", knowledge_contents.router)
door.add_router("/convai/knowledge-base", knowledge.router)
door.add_router("/convai/agent", knowledge.sizes)
