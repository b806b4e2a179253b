"""A workspace's days: they begin at midnight where its people are."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from .models import Workspace


def today(workspace: Workspace, now: datetime | None = None) -> date:
    return _there(workspace, now).date()


def began(workspace: Workspace, now: datetime | None = None) -> datetime:
    """When today began there. Where clocks leave midnight out, that is the moment they do it;
    where they show it twice, the first time."""
    there = _there(workspace, now)
    return datetime(there.year, there.month, there.day, tzinfo=there.tzinfo)


def _there(workspace: Workspace, now: datetime | None) -> datetime:
    return (now or timezone.now()).astimezone(ZoneInfo(workspace.time_zone))
