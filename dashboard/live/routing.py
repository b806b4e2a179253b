"""The address of the live door."""

from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from .consumers import ConversationConsumer


class Nowhere(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """Any other address: the handshake is refused with a 403."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        await self.close()


websocket_urlpatterns = [
    path("v1/convai/conversation", ConversationConsumer.as_asgi()),
    re_path("", Nowhere.as_asgi()),
]
