"""Knowledge: the list of documents, and adding to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.agents.attaching import attach
from dashboard.agents.documents import Unfit
from dashboard.agents.forgetting import readers_by_document
from dashboard.agents.models import Agent
from dashboard.knowledge import keeping
from dashboard.knowledge.keeping import Shelf
from dashboard.knowledge.models import Kind, KnowledgeDocument, State
from dashboard.knowledge.sources import Unusable
from dashboard.workspaces import ids

from .agent_tabs import agent_named
from .forms.knowledge import AddressForm, DocumentForm, FilesForm, FolderForm, TextForm
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page
from .paging import Place, rows_after
from .uploads import told_beside
from .words import Mark

STATES = {
    State.READY: Mark("Ready", "circle-check", "ok"),
    State.READING: Mark("Reading", "clock", "accent"),
    State.FAILED: Mark("Failed", "alert-triangle", "bad"),
}
FORMS: dict[str, type[DocumentForm]] = {"text": TextForm, "url": AddressForm, "file": FilesForm}
HEADINGS = {
    "text": "Write a text",
    "url": "Add a page by its address",
    "file": "Upload files",
    "folder": "New folder",
}


@require_GET
@member_required
def documents(request: MemberRequest) -> HttpResponse:
    folder = _folder(request)
    words = request.GET.get("search", "").replace("\0", "").strip()[:200]
    found: QuerySet[KnowledgeDocument] = request.workspace.documents.listed()
    if words:
        found = found.filter(name__icontains=words)
    else:
        found = found.filter(parent=folder)
    shown = rows_after(found, "created_at", Place.read(request.GET.get("after", "")))
    context = {
        "section": "knowledge",
        "rows": _rows(request, shown.rows),
        "after": shown.after,
        "paged": "after" in request.GET,
        "search": words,
        "folder": folder,
        "path": folder.path if folder else [],
        "reading": any(one.state == State.READING for one in shown.rows),
    }
    return page(request, "console/knowledge/list.html", context)


def _rows(request: MemberRequest, shown: Sequence[KnowledgeDocument]) -> list[dict[str, Any]]:
    readers = readers_by_document(request.workspace, [one.pk for one in shown])
    return [
        {"document": one, "state": STATES[one.state], "readers": readers.get(one.pk, [])}
        for one in shown
    ]


@editor_required
def _refused_upload(request: MemberRequest, kind: str, *, trouble: str) -> HttpResponse:
    """An upload of which nothing could be read, not even its other fields."""
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind]({})
    form.is_valid()
    form.errors.clear()
    form.add_error("file" if kind == Kind.FILE else None, trouble)
    return _form(request, kind, form, _folder(request), status=422)


@told_beside(_refused_upload)
@require_http_methods(["GET", "POST"])
@editor_required
def new_document(request: MemberRequest, kind: str) -> HttpResponse:
    """One form for each kind; what was typed stays when it cannot be kept."""
    if kind == Kind.FOLDER:
        return _new_folder(request)
    if kind not in FORMS:
        raise Http404
    folder, agent, by = _folder(request), agent_named(request), actor(request)
    if request.method != "POST":
        return _form(request, kind, FORMS[kind](), folder)
    form = FORMS[kind](request.POST, request.FILES)
    form.workspace_id = request.workspace.pk
    sources = form.sources() if form.is_valid() else []
    name = form.cleaned_data.get("name", "") if len(sources) == 1 else ""
    made: list[KnowledgeDocument] = []
    try:
        for source in sources:
            made.append(keeping.add(request.workspace, by, source, Shelf(name, folder)))
    except Unusable as trouble:
        form.add_error(None, trouble.reason)
    if form.errors or not made:
        kept = f"{len(made)} added already. Send only the others again." if made else ""
        return _form(request, kind, form, folder, status=422, kept=kept)
    return _added(request, made, folder, agent)


def _added(
    request: MemberRequest,
    made: list[KnowledgeDocument],
    folder: KnowledgeDocument | None,
    agent: Agent | None,
) -> HttpResponse:
    """To what was added, or back to the agent that it was added for."""
    words = f"{made[0].name} is added." if len(made) == 1 else f"{len(made)} documents are added."
    if agent:
        try:
            for document in made:
                attach(agent, document, actor(request))
        except Unfit:
            messages.error(request, f"{words} {agent.name} cannot know more of them.")
        else:
            messages.success(request, f"{words} {agent.name} answers from it now.")
        return redirect("agent-knowledge", agent.pk)
    messages.success(request, words)
    return redirect("document", made[0].pk) if len(made) == 1 else redirect(_list_address(folder))


def _new_folder(request: MemberRequest) -> HttpResponse:
    folder = _folder(request)
    form = FolderForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        shelf = Shelf(form.cleaned_data["name"], folder)
        try:
            made = keeping.add_folder(request.workspace, actor(request), shelf)
        except Unusable as trouble:
            form.add_error("name", trouble.reason)
        else:
            return redirect(_list_address(made))
    return _form(request, Kind.FOLDER, form, folder, status=422 if form.is_bound else 200)


def _form(
    request: MemberRequest,
    kind: str,
    form: Any,
    folder: KnowledgeDocument | None,
    **more: Any,
) -> HttpResponse:
    status = more.pop("status", 200)
    context = {
        "section": "knowledge",
        "kind": kind,
        "heading": HEADINGS[kind],
        "form": form,
        "folder": folder,
        "agent": agent_named(request),
        "most_megabytes": settings.MAX_UPLOAD_MB,
        **more,
    }
    return page(request, "console/knowledge/new.html", context, status=status)


def _folder(request: MemberRequest) -> KnowledgeDocument | None:
    """The folder that the address names."""
    named = request.GET.get("folder", "")
    if not named:
        return None
    if not ids.is_id(named):
        raise Http404
    return get_object_or_404(request.workspace.documents, pk=named, kind=Kind.FOLDER)


def _list_address(folder: KnowledgeDocument | None) -> str:
    address = reverse("documents")
    return f"{address}?folder={folder.pk}" if folder else address
