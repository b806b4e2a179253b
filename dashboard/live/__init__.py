"""The WebSocket door: live conversations."""
