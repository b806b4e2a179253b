"""What the card of an agent's tools shows: `{% tools_of agent as tools %}`, and a value by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from dashboard.agents.models import Agent

from .. import tools

register = template.Library()


@register.simple_tag
def tools_of(agent: Agent) -> dict[str, Any]:
    return tools.tools_of(agent)


@register.filter
def at(values: Mapping[str, Any], key: str) -> Any:
    return values.get(key, "")
