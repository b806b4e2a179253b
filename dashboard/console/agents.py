"""The list of agents, and one agent's page with its test chat beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.agents.documents import Unfit, conversation_config
from dashboard.agents.model_choice import choose, default_name
from dashboard.agents.models import Agent
from dashboard.agents.pictures import picture_path
from dashboard.agents.revising import create
from dashboard.conversations.models import Outcome, Status
from dashboard.embeds.html import snippet
from dashboard.integrations.catalog import starting_point
from dashboard.workspaces.models import Workspace
from dashboard.workspaces.vault import Unreadable

from . import fresh, starting_points
from .agent_tabs import around
from .forms.agent import AgentForm, model_options, told
from .forms.needs import NeedsForm
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page
from .paging import Place, rows_after

PERIOD = timedelta(days=30)


@require_GET
@member_required
def agents(request: MemberRequest) -> HttpResponse:
    found = request.workspace.agents.listed()
    found = found.defer("version__conversation_config", "version__workflow", "version__other")
    shown = rows_after(found, "created_at", Place.read(request.GET.get("after", "")))
    figures = _figures(request.workspace, [agent.pk for agent in shown.rows])
    context = {
        "section": "agents",
        "rows": [(agent, figures.get(agent.pk)) for agent in shown.rows],
        "after": shown.after,
        "paged": "after" in request.GET,
    }
    return page(request, "console/agents/list.html", context)


def _figures(workspace: Workspace, agent_ids: list[str]) -> dict[str, dict[str, int]]:
    """Per agent: conversations of the period, how many were judged and solved, talking now."""
    found = workspace.conversations.filter(agent__in=agent_ids)
    recent = found.filter(started_at__gte=timezone.now() - PERIOD)
    # What is unclear counts neither way.
    clear = [Outcome.SUCCESS, Outcome.FAILURE]
    judged = Q(status=Status.DONE, analysis__outcome__in=clear)
    counted = (
        recent.order_by()
        .values("agent_id")
        .annotate(
            talks=Count("pk"),
            judged=Count("pk", filter=judged),
            solved=Count("pk", filter=judged & Q(analysis__outcome=Outcome.SUCCESS)),
        )
    )
    figures: dict[str, dict[str, int]] = {
        row["agent_id"]: {name: row[name] for name in ("talks", "judged", "solved")}
        for row in counted
    }
    for row in found.talking().order_by().values("agent_id").annotate(talking=Count("pk")):
        figures.setdefault(row["agent_id"], {})["talking"] = row["talking"]
    return figures


@require_http_methods(["GET", "POST"])
@editor_required
def new_agent(request: MemberRequest) -> HttpResponse:
    """The cards of what an agent can begin as."""
    workspace = request.workspace
    beginnings = {
        "documents": lambda: starting_points.answering_from_documents(workspace),
        "empty": starting_points.empty,
    }
    begin = beginnings.get(request.POST.get("start", "")) if request.method == "POST" else None
    if begin is not None:
        agent = create(workspace, actor(request), **begin())
        messages.success(request, f"{agent.name} is ready. Try it in the test chat.")
        return redirect("agent", agent.pk)
    context = {"section": "agents", "cards": starting_points.cards(workspace)}
    return page(request, "console/agents/new.html", context)


@require_http_methods(["GET", "POST"])
@editor_required
def new_agent_from(request: MemberRequest, key: str) -> HttpResponse:
    """What a ready-made agent needs to know before it can work."""
    point = starting_point(key)
    if point is None:
        return redirect("new-agent")
    form = NeedsForm(point, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            config = point.conversation_config(form.given(request.workspace))
            agent = create(
                request.workspace,
                actor(request),
                name=point.agent_name,
                conversation_config=config,
            )
        messages.success(request, f"{agent.name} is ready. Try it in the test chat.")
        return redirect("agent", agent.pk)
    context = {"section": "agents", "point": point, "form": form}
    status = 422 if form.is_bound else 200
    return page(request, "console/agents/from.html", context, status=status)


@require_http_methods(["GET", "POST"])
@member_required
def agent(request: MemberRequest, agent_id: str) -> HttpResponse:
    found = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    if request.method == "POST":
        return save_agent(request, agent_id)
    return show_agent(request, found)


def show_agent(
    request: MemberRequest, found: Agent, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Its first tab, as it is today; `more` is what went wrong beside the form."""
    context = {**_shown(request, found, AgentForm(initial=told(found))), **more}
    return page(request, "console/agents/detail.html", context, status=status)


@require_POST
@editor_required
def save_agent(request: MemberRequest, agent_id: str) -> HttpResponse:
    """A save is a new version, and visitors meet it at once."""
    found = get_object_or_404(request.workspace.agents.listed(), pk=agent_id)
    form = AgentForm(request.POST, initial=told(found))
    if not form.is_valid():
        return _answer(request, found, form, 422)
    try:
        version = fresh.save_agent(
            found, form.cleaned_data["version"], form.change(), actor(request)
        )
    except fresh.AgentChanged as newer:
        return _answer(request, newer.today, form, 409, conflict=newer.today.told)
    except Agent.DoesNotExist:
        raise Http404 from None
    except Unfit as unfit:
        form.add_error(None, "; ".join(str(error["msg"]) for error in unfit.errors))
        return _answer(request, found, form, 422)
    if not request.htmx:
        messages.success(request, f"Version {version.number} saved. It is live.")
        return redirect("agent", found.pk)
    return _answer(request, found, AgentForm(initial=told(found)), 200, saved=timezone.now())


def _answer(
    request: MemberRequest, found: Agent, form: AgentForm, status: int, **more: Any
) -> HttpResponse:
    # What is refused for another reason was still typed over what had been read then.
    seen = request.POST.get("version") if status == 422 else None
    context = {**_shown(request, found, form), "seen": seen, **more}
    if request.htmx:
        return render(request, "console/agents/_form.html", context, status=status)
    return page(request, "console/agents/detail.html", context, status=status)


def _shown(request: MemberRequest, found: Agent, form: AgentForm) -> dict[str, Any]:
    llm = str(form["llm"].value() or "")
    config = conversation_config(found.told)
    variables = config.agent.dynamic_variables.dynamic_variable_placeholders
    return {
        **around(request, found, "agent"),
        "form": form,
        "models": model_options(found, llm),
        "default_model": default_name(found.workspace),
        "answers": _answers(found.workspace, llm),
        "known_variables": " ".join(variables),
        "embed": snippet(found.pk, _server(request)),
        "picture": picture_path(found.told.platform_settings),
    }


def _server(request: MemberRequest) -> str:
    """The address that visitors' pages can reach."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


def _answers(workspace: Workspace, llm: str) -> str:
    """What really answers when this id is chosen; empty when it is just that model."""
    try:
        return " ".join(choose(workspace, llm).warnings)
    except Unreadable:
        return "A model's key can no longer be opened: replace it in Settings, Models."
