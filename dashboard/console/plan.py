"""Settings, Plan and limits: how many may talk at once, and a live gauge of who does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.agents.documents import Unfit
from dashboard.conversations import gauge, refusals
from dashboard.conversations.gauge import Reading
from dashboard.conversations.week import Day, week
from dashboard.workspaces.models import Plan, Workspace

from . import fresh
from .forms.plan import PlanForm, plans, stamp, told
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page

EVERY_SECONDS = 5
MOST_AGENTS = 50
REASONS = {
    "authorization": "No signed link, or a wrong one",
    "allowlist": "A page that is not among the sites",
    "too_many": "No room: too many at the same time",
    "daily_limit": "The agent had its conversations for the day",
    "voice": "The page asked for voice",
    "override_error": "The page changed what it may not",
    "missing_dynamic_variable": "The page did not send a variable",
    "stopping": "The server was being stopped",
    "initiation_webhook": "Your server did not answer before the start",
}


@dataclass(frozen=True)
class Meter:
    """A pool as a bar: parts of its width, in per cent with a point for SVG."""

    pool: Reading
    normal: str
    burst: str
    starting: str
    burst_from: str
    starting_from: str
    limit_at: str

    @property
    def usual(self) -> int:
        return self.pool.used - self.pool.burst

    @property
    def has_burst(self) -> bool:
        return self.pool.ceiling > self.pool.limit


@dataclass(frozen=True)
class Bar:
    """A day of the plot; x, y and heights in a box of 700 by 120."""

    day: Day
    x: int
    started: int
    refused: int

    @property
    def middle(self) -> int:
        return self.x + 50

    @property
    def started_top(self) -> int:
        return 120 - self.started

    @property
    def refused_top(self) -> int:
        return 120 - self.refused


@require_http_methods(["GET", "POST"])
@member_required
def plan(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return save_plan(request)
    if request.htmx:
        return render(request, "console/settings/_gauge.html", _gauge(request.workspace))
    return _shown(request, PlanForm(initial=told(request.workspace)), stamp(request.workspace))


@require_POST
@editor_required
def save_plan(request: MemberRequest) -> HttpResponse:
    form, seen = PlanForm(request.POST), request.POST.get("seen", "")[:64]
    if not form.is_valid():
        return _shown(request, form, seen, status=422)
    try:
        fresh.save_limits(request.workspace, seen, stamp, form.change(), actor(request))
    except fresh.LimitsChanged as newer:
        return _shown(request, form, stamp(newer.today), status=409, conflict=newer.today)
    except Unfit as unfit:
        form.refuse(unfit)
        return _shown(request, form, seen, status=422)
    messages.success(request, "Saved. It holds for every start from now on.")
    return redirect("plan")


def _shown(
    request: MemberRequest, form: PlanForm, seen: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "section": "settings",
        "part": "plan",
        "form": form,
        "seen": seen,
        "plans": plans(),
        "choices": Plan.choices,
        "may_edit": request.member.may_edit,
        **_gauge(request.workspace),
        **more,
    }
    return page(request, "console/settings/plan.html", context, status=status)


def _gauge(workspace: Workspace) -> dict[str, Any]:
    """Everything of the page that is redrawn every few seconds."""
    reading = gauge.read(workspace, MOST_AGENTS)
    days = week(workspace)
    turned = [(reason_in_words(one.reason), one) for one in refusals.of(workspace)]
    return {
        "reading": reading,
        "meter": meter(reading.chat),
        "turned": turned,
        "turned_away": sum(one.count for _, one in turned),
        "started": sum(one.started for one in days),
        "bars": bars(days),
        "every": EVERY_SECONDS,
    }


def meter(pool: Reading) -> Meter:
    """Left to right: at the usual price, above the limit, still starting."""
    most = max(pool.ceiling, pool.used + pool.handshakes, 1)
    normal = pool.used - pool.burst
    return Meter(
        pool,
        normal=_share(normal, most),
        burst=_share(pool.burst, most),
        starting=_share(pool.handshakes, most),
        burst_from=_share(normal, most),
        starting_from=_share(pool.used, most),
        limit_at=_share(pool.limit, most),
    )


def bars(days: list[Day]) -> list[Bar]:
    """What happened is at least two high, or nobody would see it."""
    most = max((max(one.started, one.refused) for one in days), default=0) or 1
    return [
        Bar(one, 100 * place, _height(one.started, most), _height(one.refused, most))
        for place, one in enumerate(days)
    ]


def _height(count: int, most: int) -> int:
    return max(2, round(100 * count / most)) if count else 0


def _share(part: int, most: int) -> str:
    return f"{100 * part / most:.2f}"


def reason_in_words(reason: str) -> str:
    return REASONS.get(reason) or reason.replace("_", " ").capitalize()
