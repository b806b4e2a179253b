"""One knowledge document: what is written in it, who reads it, and what can be done with it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.agents import forgetting
from dashboard.agents.forgetting import InUse, NotEmpty
from dashboard.agents.models import Needed
from dashboard.agents.needs import dependents
from dashboard.knowledge import keeping
from dashboard.knowledge.models import Kind, KnowledgeDocument, SourceFile, State
from dashboard.knowledge.sources import Unusable, from_url

from .forms.knowledge import ChangeForm, FilesForm
from .knowledge import STATES
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page

PASSAGES = 50
PREVIEW = 20_000  # characters


@require_http_methods(["GET", "POST"])
@member_required
def document(request: MemberRequest, document_id: str) -> HttpResponse:
    found = _found(request, document_id)
    if request.method == "POST":
        return change_document(request, document_id)
    told = {"name": found.name, "content": found.content}
    return _shown(request, found, ChangeForm(initial=told, has_text=found.kind == Kind.TEXT))


@require_POST
@editor_required
def change_document(request: MemberRequest, document_id: str) -> HttpResponse:
    found = _found(request, document_id)
    form = ChangeForm(request.POST, has_text=found.kind == Kind.TEXT)
    if not form.is_valid():
        return _shown(request, found, form, status=422)
    told = form.cleaned_data
    content = str(told["content"]).replace("\r\n", "\n") if "content" in told else None
    try:
        seen = request.POST.get("seen", "")
        keeping.change(found, actor(request), name=told["name"], content=content, seen=seen)
    except keeping.ChangedMeanwhile as newer:
        return _shown(request, newer.today, form, status=409, conflict=True)
    except Unusable as trouble:
        form.add_error("content" if trouble.field in ("text", "content") else "name", str(trouble))
        return _shown(request, found, form, status=422)
    except KnowledgeDocument.DoesNotExist:
        raise Http404 from None
    messages.success(request, "Saved. Agents answer with it from now on.")
    return redirect("document", found.pk)


@require_POST
@editor_required
def refresh_document(request: MemberRequest, document_id: str) -> HttpResponse:
    found = _found(request, document_id)
    if found.kind != Kind.URL:
        raise Http404
    try:
        keeping.replace(found, actor(request), from_url(found.url, workspace_id=found.workspace_id))
    except Unusable as trouble:
        messages.error(request, f"Not read again: {trouble.reason}")
    except KnowledgeDocument.DoesNotExist:
        raise Http404 from None
    else:
        messages.success(request, "The page is read again.")
    return redirect("document", found.pk)


@require_POST
@editor_required
def replace_document(request: MemberRequest, document_id: str) -> HttpResponse:
    found = _found(request, document_id)
    if found.kind != Kind.FILE:
        raise Http404
    form = FilesForm(request.POST, request.FILES)
    form.workspace_id = request.workspace.pk
    sources = form.sources() if form.is_valid() else []
    if form.errors or not sources:
        again = ChangeForm(initial={"name": found.name}, has_text=False)
        return _shown(request, found, again, status=422, file_errors=form.errors.get("file"))
    try:
        keeping.replace(found, actor(request), sources[0])
    except KnowledgeDocument.DoesNotExist:
        raise Http404 from None
    messages.success(request, "The file is replaced.")
    return redirect("document", found.pk)


@require_GET
@member_required
def download_document(request: MemberRequest, document_id: str) -> HttpResponse:
    """As a file to be saved, never as one of our pages."""
    file = get_object_or_404(
        SourceFile.objects.select_related("document"),
        document__workspace=request.workspace,
        pk=document_id,
    )
    name = content_disposition_header(as_attachment=True, filename=file.document.filename)
    return HttpResponse(
        bytes(file.content),
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": name or "attachment",
            "X-Content-Type-Options": "nosniff",
        },
    )


@require_POST
@editor_required
def delete_document(request: MemberRequest, document_id: str) -> HttpResponse:
    """The page says which agents read it; whoever presses has seen that."""
    found = _found(request, document_id)
    try:
        forgetting.forget(found, actor(request), force="force" in request.POST)
    except InUse as trouble:
        names = ", ".join(agent.name for agent in trouble.agents[:5])
        messages.error(request, f"Not deleted: {names} read it.")
        return redirect("document", found.pk)
    except NotEmpty:
        messages.error(request, "Not deleted: there is something in this folder.")
        return redirect("document", found.pk)
    messages.success(request, f"{found.name} is deleted.")
    return redirect("documents")


def _found(request: MemberRequest, document_id: str) -> KnowledgeDocument:
    documents = request.workspace.documents.select_related("made_by", "workspace")
    return get_object_or_404(documents, pk=document_id)


def _shown(
    request: MemberRequest, found: KnowledgeDocument, form: ChangeForm, **more: Any
) -> HttpResponse:
    status = more.pop("status", 200)
    above = [found.pk, *(folder.pk for folder in found.path)]
    context = {
        "section": "knowledge",
        "document": found,
        # What is refused for another reason was still typed over what had been read then.
        "seen": (request.POST.get("seen") if status == 422 else None) or keeping.stamp(found),
        "path": found.path,
        "form": form,
        "state": STATES[found.state],
        "reading": found.state == State.READING,
        "passages": found.passages.defer("vector")[:PASSAGES],
        "passage_count": found.passages.count(),
        "readers": dependents(request.workspace, Needed.DOCUMENT, *above).order_by("name"),
        "preview": found.content[:PREVIEW],
        "cut": len(found.content) > PREVIEW,
        "inside": found.children.count(),
        "has_file": found.kind == Kind.FILE,
        "read_only": not request.member.may_edit,
        **more,
    }
    return page(request, "console/knowledge/detail.html", context, status=status)
