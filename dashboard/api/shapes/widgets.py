"""What the widget asks for before anything else (contract rest.md §8)."""

from __future__ import annotations

from . import Shape


class WidgetConfig(Shape):
    language: str


class Widget(Shape):
    agent_id: str
    widget_config: WidgetConfig
