"""What happened on each of the last days: how many conversations started, how many were refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from dashboard.workspaces import days
from dashboard.workspaces.models import Workspace

from .models import Status

DAYS = 7


@dataclass(frozen=True)
class Day:
    day: date
    started: int
    refused: int


def week(workspace: Workspace, last_days: int = DAYS) -> list[Day]:
    """Oldest first, today last; days on which nothing happened are there too."""
    today, zone = days.today(workspace), ZoneInfo(workspace.time_zone)
    since = today - timedelta(days=last_days - 1)
    # A day more than needed: which day it was is decided in the workspace's time zone below.
    began = days.began(workspace) - timedelta(days=last_days)
    talks = workspace.conversations.filter(started_at__gte=began).exclude(status=Status.INITIATED)
    started = dict(
        talks.order_by()
        .values_list(TruncDate("started_at", tzinfo=zone))
        .annotate(count=Count("pk"))
    )
    refused = dict(
        workspace.refusals.filter(day__gte=since)
        .order_by()
        .values_list("day")
        .annotate(count=Sum("count"))
    )
    every = (since + timedelta(days=number) for number in range(last_days))
    return [Day(day, started.get(day, 0), refused.get(day, 0)) for day in every]
