"""Settings, Secrets: named and used, replaced and erased here; the value is never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.agents.secret_use import forget, in_words, uses
from dashboard.workspaces.models import Secret

from .forms.secret import SecretForm
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page
from .paging import Place, rows_after


@sensitive_post_parameters("value")
@require_http_methods(["GET", "POST"])
@member_required
def secrets(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return add_secret(request)
    return _listed(request, SecretForm(request.workspace, None))


@require_POST
@editor_required
def add_secret(request: MemberRequest) -> HttpResponse:
    form = SecretForm(request.workspace, None, request.POST)
    if not form.is_valid():
        return _listed(request, form, status=422)
    secret = form.keep(actor(request))
    messages.success(request, f"{secret.name} is kept. Choose it in a tool’s header.")
    return redirect("secrets")


@sensitive_post_parameters("value")
@require_http_methods(["GET", "POST"])
@editor_required
def secret(request: MemberRequest, secret_id: str) -> HttpResponse:
    row = _found(request, secret_id)
    form = SecretForm(request.workspace, row, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            kept = form.keep(actor(request))
        except Secret.DoesNotExist:
            messages.error(request, "Somebody erased this secret meanwhile.")
            return redirect("secrets")
        messages.success(request, f"{kept.name} is saved. It takes effect at once.")
        return redirect("secrets")
    used = uses(request.workspace, [row.pk])[row.pk]
    context = {
        "section": "settings",
        "part": "secrets",
        "row": row,
        "form": form,
        "used": used,
        "used_words": in_words(used) if used else "",
    }
    status = 422 if form.is_bound else 200
    return page(request, "console/settings/secrets_one.html", context, status=status)


@require_POST
@editor_required
def delete_secret(request: MemberRequest, secret_id: str) -> HttpResponse:
    row = _found(request, secret_id)
    used = forget(row, actor(request), force=request.POST.get("force") == "on")
    if used:
        messages.error(request, f"Not erased: {in_words(used)}.")
        return redirect("secret", row.pk)
    messages.success(request, f"{row.name} is erased.")
    return redirect("secrets")


def _found(request: MemberRequest, secret_id: str) -> Secret:
    secrets = request.workspace.secrets.select_related("workspace")
    return get_object_or_404(secrets, pk=secret_id)


def _listed(
    request: MemberRequest, form: SecretForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    found = request.workspace.secrets.order_by("-created_at", "-pk")
    shown = rows_after(found, "created_at", Place.read(request.GET.get("after", "")))
    used = uses(request.workspace, [row.pk for row in shown.rows])
    context = {
        "section": "settings",
        "part": "secrets",
        "rows": [(row, in_words(used[row.pk]) if used[row.pk] else "") for row in shown.rows],
        "after": shown.after,
        "paged": "after" in request.GET,
        "form": form,
        "may_edit": request.member.may_edit,
        **more,
    }
    return page(request, "console/settings/secrets.html", context, status=status)
