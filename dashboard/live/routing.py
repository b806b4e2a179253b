"""The address of the live door."""

from __future__ import annotations

from django.urls import path

from .consumers import ConversationConsumer

websocket_urlpatterns = [path("v1/convai/conversation", ConversationConsumer.as_asgi())]
