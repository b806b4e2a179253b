"""The ready-made agents that the dashboard offers."""

from __future__ import annotations

from .calcom import CALCOM
from .hubspot import HUBSPOT
from .starting_point import StartingPoint
from .zendesk import ZENDESK


def starting_points() -> list[StartingPoint]:
    return [CALCOM, ZENDESK, HUBSPOT]


def starting_point(key: str) -> StartingPoint | None:
    """The one with this key; None when there is no such one."""
    return next((point for point in starting_points() if point.key == key), None)
