"""Settings, Models: what this workspace brings, and what the server's operator has set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.agents.model_choice import backend_of, operators
from dashboard.providers.llms.checking import check
from dashboard.workspaces.models import ModelBackend
from dashboard.workspaces.vault import Unreadable

from .forms.backend import BackendForm, remove
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page


@dataclass(frozen=True)
class Found:
    """What a check found out, in words."""

    ok: bool
    words: str


@require_http_methods(["GET", "POST"])
@member_required
def models(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return add_model(request)
    return _listed(request, BackendForm())


@require_POST
@editor_required
def add_model(request: MemberRequest) -> HttpResponse:
    form = BackendForm(request.POST)
    if not form.is_valid():
        return _listed(request, form, status=422)
    row = form.keep(request.workspace, actor(request))
    messages.success(request, f"{row.model} is saved. Press Check to try it.")
    return redirect("models")


@require_http_methods(["GET", "POST"])
@editor_required
def model(request: MemberRequest, backend_id: str) -> HttpResponse:
    row = get_object_or_404(
        request.workspace.model_backends.select_related("secret"), pk=backend_id
    )
    fields = ("kind", "model", "url", "at_once", "is_default")
    shown = {name: getattr(row, name) for name in fields}
    form = BackendForm(request.POST if request.method == "POST" else None, initial=shown)
    if form.is_bound and form.is_valid():
        form.keep(request.workspace, actor(request), row)
        messages.success(request, f"{row.model} is saved. It takes effect at once.")
        return redirect("models")
    context = {"section": "settings", "part": "models", "row": row, "form": form}
    status = 422 if form.is_bound else 200
    return page(request, "console/settings/model.html", context, status=status)


@require_POST
@editor_required
def check_model(request: MemberRequest, backend_id: str) -> HttpResponse:
    """Ask it one word, and say how that went."""
    row = get_object_or_404(
        request.workspace.model_backends.select_related("secret"), pk=backend_id
    )
    return _listed(request, BackendForm(), checked=row, found=_found(row))


def _found(row: ModelBackend) -> Found:
    try:
        backend = backend_of(row)
    except Unreadable:
        return Found(False, "Its key can no longer be opened. Edit the model and write the key.")
    checked = async_to_sync(check)(backend)
    if checked.works:
        return Found(True, f"Works: first word in {checked.seconds_to_first:.1f} s.")
    return Found(False, checked.reason)


@require_POST
@editor_required
def remove_model(request: MemberRequest, backend_id: str) -> HttpResponse:
    row = get_object_or_404(
        request.workspace.model_backends.select_related("secret"), pk=backend_id
    )
    name = row.model
    try:
        remove(row, actor(request))
    except ModelBackend.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"{name} and its key are removed.")
    return redirect("models")


def _listed(
    request: MemberRequest, form: BackendForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    rows = request.workspace.model_backends.select_related("secret")
    context = {
        "section": "settings",
        "part": "models",
        "rows": rows.order_by("-is_default", "created_at"),
        "offered": operators(),
        "form": form,
        "may_edit": request.member.may_edit,
        **more,
    }
    return page(request, "console/settings/models.html", context, status=status)
