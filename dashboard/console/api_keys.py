"""Settings, API keys: made here, shown once, revoked here."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.workspaces import keys
from dashboard.workspaces.models import ApiKey

from .forms.api_key import ApiKeyForm
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page


@require_http_methods(["GET", "POST"])
@member_required
def api_keys(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return make_api_key(request)
    return _listed(request, ApiKeyForm())


@require_POST
@editor_required
@sensitive_variables("text")
def make_api_key(request: MemberRequest) -> HttpResponse:
    """The key is in this one answer and nowhere else: a reload shows the list without it."""
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        return _listed(request, form, status=422)
    told = form.cleaned_data
    row, text = keys.make(
        request.workspace, actor(request), told["name"], told["scope"], form.expires_at
    )
    return _listed(request, ApiKeyForm(), made=row, text=text)


@require_POST
@editor_required
def revoke_api_key(request: MemberRequest, key_id: str) -> HttpResponse:
    key = get_object_or_404(request.workspace.api_keys.filter(revoked_at=None), pk=key_id)
    keys.revoke(key, actor(request))
    messages.success(request, f"Key {key.name} is revoked. {_what_now(key)}")
    return redirect("api-keys")


def _is_fixed(key: ApiKey) -> bool:
    """Whether the operator has set this very key, so that every start opens it again."""
    return bool(settings.API_KEY) and key.digest == ApiKey.digest_of(settings.API_KEY)


def _what_now(key: ApiKey) -> str:
    if _is_fixed(key):
        return "It comes back at the next start for as long as PARLEY_API_KEY is set to it."
    return "It opens nothing any more."


@sensitive_variables("text")
def _listed(
    request: MemberRequest,
    form: ApiKeyForm,
    *,
    made: ApiKey | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    found = request.workspace.api_keys.filter(revoked_at=None).select_related("made_by")
    context = {
        "section": "settings",
        "part": "api-keys",
        "keys": [(key, _is_fixed(key)) for key in found.order_by("-created_at")],
        "made": made,
        "text": text,
        "form": form,
        "today": timezone.localdate().isoformat(),
        "may_edit": request.member.may_edit,
    }
    return page(request, "console/settings/api_keys.html", context, status=status)
