"""Tools that agents share: the list, and one tool's page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.agents import tool_needs
from dashboard.agents import tools as deeds
from dashboard.agents.documents import Unfit
from dashboard.agents.models import Needed, Tool
from dashboard.agents.needs import dependents
from dashboard.agents.tool_documents import read as runnable
from dashboard.agents.tool_schemas import NotATool
from dashboard.conversations.tool_usage import usage_of
from dashboard.workspaces.models import Workspace

from . import fresh
from .agent_tabs import agent_named
from .agent_tools import attach_tool
from .forms import tool as forms
from .forms.json_text import shown as showable
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page
from .paging import Place, rows_after
from .veiling import readable

MOST_NAMED = 20  # agents on a tool's page


@dataclass(frozen=True)
class Draft:
    """What a tool's page shows: a document, what was typed over it, and what is wrong."""

    document: dict[str, Any]
    typed: forms.Typed
    text: str
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.document.get("type") or "webhook")


@require_GET
@member_required
def tools(request: MemberRequest) -> HttpResponse:
    found = request.workspace.tools.listed()
    shown = rows_after(found, "created_at", Place.read(request.GET.get("after", "")))
    pks = [tool.pk for tool in shown.rows]
    users = tool_needs.counted_users(request.workspace, pks)
    usage = usage_of(request.workspace, pks)
    missing = tool_needs.unresolved(request.workspace, shown.rows)
    rows = [
        (tool, forms.KINDS.get(tool.kind, tool.kind), users.get(pk, 0), usage.get(pk), missing[pk])
        for tool, pk in zip(shown.rows, pks, strict=True)
    ]
    paged = "after" in request.GET
    context = {"section": "tools", "rows": rows, "after": shown.after, "paged": paged}
    return page(request, "console/tools/list.html", context)


@require_http_methods(["GET", "POST"])
@editor_required
def new_tool(request: MemberRequest) -> HttpResponse:
    if request.method == "GET":
        kind = request.GET.get("type", "")
        document = {"type": kind if kind in forms.KINDS else "webhook"}
        return _shown(request, Draft(document, forms.shown(document), ""))
    agent = agent_named(request)
    draft = _sent(request)
    if draft.errors or request.POST.get("do") == "fill":
        return _shown(request, draft, status=422 if draft.errors else 200)
    try:
        tool = deeds.create(request.workspace, actor(request), draft.document)
    except Unfit as unfit:
        return _shown(request, _refused(draft, unfit), status=422)
    if agent:
        return attach_tool(request, agent.pk, tool.pk)
    messages.success(request, f"{tool.name} is saved. Add it to an agent to use it.")
    return redirect("tool", tool.pk)


@require_http_methods(["GET", "POST"])
@member_required
def tool(request: MemberRequest, tool_id: str) -> HttpResponse:
    found = get_object_or_404(request.workspace.tools.listed(), pk=tool_id)
    if request.method == "POST":
        return save_tool(request, tool_id)
    config = found.config if request.member.may_edit else readable(found.config)
    return _shown(request, _draft(config), found)


@require_POST
@editor_required
def save_tool(request: MemberRequest, tool_id: str) -> HttpResponse:
    """All agents that use it work with the saved one at once."""
    found = get_object_or_404(request.workspace.tools.listed(), pk=tool_id)
    draft = _sent(request)
    if draft.errors or request.POST.get("do") == "fill":
        return _shown(request, draft, found, status=422 if draft.errors else 200)
    try:
        fresh.save_tool(found, request.POST.get("seen", ""), draft.document, actor(request))
    except fresh.ToolChanged as newer:
        return _shown(request, draft, newer.today, status=409, conflict=True)
    except Unfit as unfit:
        return _shown(request, _refused(draft, unfit), found, status=422)
    except Tool.DoesNotExist:
        messages.error(request, "Somebody deleted this tool meanwhile.")
        return redirect("tools")
    messages.success(request, f"{draft.typed.name} is saved. It takes effect at once.")
    return redirect("tool", found.pk)


@require_POST
@editor_required
def delete_tool(request: MemberRequest, tool_id: str) -> HttpResponse:
    found = get_object_or_404(request.workspace.tools, pk=tool_id)
    force = request.POST.get("force") == "on"
    if in_use := deeds.delete(found, actor(request), force=force):
        messages.error(request, f"Not deleted: {in_use.agents} of your agents use it.")
        return redirect("tool", found.pk)
    messages.success(request, f"{found.name} is deleted.")
    return redirect("tools")


def _draft(document: dict[str, Any]) -> Draft:
    return Draft(document, forms.shown(document), forms.as_json(document))


def _sent(request: MemberRequest) -> Draft:
    """The document that was in the box, with what was typed into the form laid over it."""
    typed, text = forms.typed_of(request.POST), showable(request.POST.get("document", ""))
    kind = {"type": showable(request.POST.get("type", "webhook"))[:30]}
    try:
        forms.check_texts(request.POST)
        base = forms.read(request.POST.get("base", ""))
        pasted = forms.read(text)
        document = forms.laid_over({**kind, **pasted}, forms.shown(base), typed)
    except forms.Unreadable as trouble:
        return Draft(kind, typed, text, {trouble.field: str(trouble)})
    return _draft(document)


def _refused(draft: Draft, unfit: Unfit) -> Draft:
    return Draft(draft.document, draft.typed, draft.text, forms.beside(unfit))


def _shown(
    request: MemberRequest,
    draft: Draft,
    row: Tool | None = None,
    *,
    status: int = 200,
    conflict: bool = False,
) -> HttpResponse:
    workspace = request.workspace
    secrets = workspace.secrets.order_by("name", "pk").values_list("pk", "name")
    known = {pk for pk, _ in secrets}
    named = dict(tool_needs.secrets_of(draft.document))
    context = {
        "section": "tools",
        "row": row,
        "seen": _seen(request, row, conflict=conflict),
        "for_agent": None if row else agent_named(request),
        "draft": draft,
        "base": forms.as_json(draft.document),
        "typed": draft.typed,
        "errors": draft.errors,
        "kind": forms.KINDS.get(draft.kind, draft.kind),
        "methods": forms.METHODS,
        "secrets": [(forms.SECRET + pk, name) for pk, name in secrets],
        "unresolved": {header: pk for header, pk in named.items() if pk not in known},
        "conflict": conflict,
        "unsaved": request.method == "POST" and not draft.errors and not conflict,
        "read_only": not request.member.may_edit,
        **_told(workspace, draft, row),
    }
    return page(request, "console/tools/detail.html", context, status=status)


def _seen(request: MemberRequest, row: Tool | None, *, conflict: bool) -> str:
    """The stamp for the next Save: what was read before the typing began, unless that is told."""
    sent = "" if conflict else request.POST.get("seen", "")
    return sent or (row.updated_at.isoformat() if row else "")


def _told(workspace: Workspace, draft: Draft, row: Tool | None) -> dict[str, Any]:
    """Who uses it, and what the model fills in."""
    try:
        made = runnable(draft.document)
        asked = list(made.spec.parameters.get("properties", {}).items()) if made else []
    except NotATool:
        asked = []
    agents = dependents(workspace, Needed.TOOL, row.pk) if row else workspace.agents.none()
    usage = usage_of(workspace, [row.pk]) if row else {}
    return {
        "asked": [
            (name, part.get("type", ""), part.get("description", "")) for name, part in asked
        ],
        "users": agents.order_by("name")[:MOST_NAMED],
        "users_count": agents.count() if row else 0,
        "usage": usage.get(row.pk) if row else None,
    }
