"""Times, lengths and states in the words of the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from dashboard.conversations.models import Conversation, Outcome, Status


@dataclass(frozen=True)
class Mark:
    """A state as a word, an icon and a tone; never the tone alone."""

    word: str
    icon: str
    tone: str = ""


MARKS = {
    Outcome.SUCCESS: Mark("Solved", "circle-check", "ok"),
    Outcome.FAILURE: Mark("Not solved", "circle-x", "bad"),
    Outcome.UNKNOWN: Mark("Unclear", "help-circle", "warn"),
}
VERDICTS = {
    Outcome.SUCCESS: Mark("Pass", "circle-check", "ok"),
    Outcome.FAILURE: Mark("Fail", "circle-x", "bad"),
    Outcome.UNKNOWN: Mark("Unclear", "help-circle", "warn"),
}
STATES = {
    Status.INITIATED: Mark("Starting", "clock"),
    Status.IN_PROGRESS: Mark("Talking now", "live", "accent"),
    Status.PROCESSING: Mark("Being judged", "clock", "accent"),
    Status.FAILED: Mark("Could not be judged", "alert-triangle", "bad"),
    Status.DONE: Mark("Not judged", "help-circle"),
}
MOVING = (Status.INITIATED, Status.IN_PROGRESS, Status.PROCESSING)


def mark_of(conversation: Conversation) -> Mark:
    """How it went, or what is happening to it."""
    analysis = getattr(conversation, "analysis", None)
    if conversation.status == Status.DONE and analysis:
        return MARKS[Outcome(analysis.outcome)]
    return STATES[Status(conversation.status)]


def about(conversation: Conversation) -> str:
    """What it was about, in a line; empty until somebody has judged it."""
    analysis = getattr(conversation, "analysis", None)
    return (analysis.title or analysis.summary) if analysis else ""


def when(moment: datetime, now: datetime | None = None) -> str:
    """`4 min ago` within the hour, then the time of day, then the day."""
    now = now or timezone.now()
    passed = now - moment
    here, today = timezone.localtime(moment), timezone.localtime(now).date()
    if timedelta(0) <= passed < timedelta(minutes=1):
        return "just now"
    if timedelta(0) <= passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    if here.date() == today:
        return f"Today {here:%H:%M}"
    if here.date() == today - timedelta(days=1):
        return f"Yesterday {here:%H:%M}"
    day = f"{here.day} {here:%b}" if here.year == today.year else f"{here.day} {here:%b %Y}"
    return f"{day} {here:%H:%M}"


_WAYS = {
    "dashboard": "Test chat",
    "widget": "Widget",
    "js_sdk": "JavaScript SDK",
    "react_sdk": "React SDK",
    "node_js_sdk": "Node SDK",
    "python_sdk": "Python SDK",
}


def came_by(source: str) -> str:
    """What the visitor used, by what their client called itself."""
    return _WAYS.get(source, source) or "Unknown client"


def took(seconds: float) -> str:
    return "under 0.1 s" if seconds < 0.1 else f"{seconds:.1f} s"


def lasted(seconds: float) -> str:
    """`8 s`, `4 min 12 s`, `1 h 3 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def clock(seconds: float) -> str:
    """Since the beginning: `0:14`, `12:03`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
