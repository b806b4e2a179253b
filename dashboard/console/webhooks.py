"""Settings, Webhooks: who is told of judged conversations, and how that went."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.agents import webhook_uses
from dashboard.agents.documents import Unfit
from dashboard.agents.workspace_settings import change_settings, settings_of
from dashboard.conversations import reporting
from dashboard.webhooks import endpoints
from dashboard.webhooks.models import Delivery, WebhookEndpoint

from .forms.webhook import WebhookForm
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page

SHOWN = 20
NOTHING_SENT = "Not sent: it is off, its conversation is deleted, or it is being sent right now."


@require_http_methods(["GET", "POST"])
@member_required
def webhooks(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return add_webhook(request)
    return _listed(request, WebhookForm())


@require_POST
@editor_required
@sensitive_variables("secret", "form")
def add_webhook(request: MemberRequest) -> HttpResponse:
    """The secret is in this one answer and nowhere else."""
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _listed(request, form, status=422)
    told = form.cleaned_data
    try:
        made, secret = endpoints.add(
            request.workspace, actor(request), told["name"], told["url"], told["headers"]
        )
    except endpoints.TooMany:
        form.add_error(None, ValidationError(f"There can be {endpoints.MOST} webhooks at most."))
        return _listed(request, form, status=422)
    return _listed(request, WebhookForm(), made=made, secret=secret)


@require_POST
@editor_required
def choose_webhook(request: MemberRequest) -> HttpResponse:
    """Which one is told, where an agent names none itself."""
    chosen = request.POST.get("webhook", "")
    try:
        change_settings(
            request.workspace,
            {"webhooks": {"post_call_webhook_id": chosen or None}},
            actor(request),
        )
    except Unfit:
        messages.error(request, "This webhook is not there any more. Choose another.")
    else:
        messages.success(
            request, "Saved. It holds from the next report on." if chosen else "Nobody is told now."
        )
    return redirect("webhooks")


@require_http_methods(["GET"])
@member_required
def webhook(request: MemberRequest, webhook_id: str) -> HttpResponse:
    return _shown(request, _webhook(request, webhook_id))


@require_POST
@editor_required
def switch_webhook(request: MemberRequest, webhook_id: str) -> HttpResponse:
    """`on`: 1 or nothing; `retries`: likewise."""
    endpoint = _webhook(request, webhook_id)
    changes: endpoints.Changes = {}
    if "on" in request.POST:
        changes["is_disabled"] = request.POST["on"] != "1"
    if "retries" in request.POST:
        changes["retry_enabled"] = request.POST["retries"] == "1"
    try:
        endpoint = endpoints.change(endpoint.pk, actor(request), **changes)
    except WebhookEndpoint.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"{endpoint.name} is {'on' if endpoint.is_on else 'off'}.")
    return redirect("webhook", endpoint.pk)


@require_POST
@editor_required
def remove_webhook(request: MemberRequest, webhook_id: str) -> HttpResponse:
    """The page has said who still names it; whoever presses the button knows."""
    endpoint = _webhook(request, webhook_id)
    try:
        webhook_uses.remove(endpoint, actor(request), force=True)
    except WebhookEndpoint.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"{endpoint.name} and its secret are deleted.")
    return redirect("webhooks")


@require_POST
@editor_required
def send_again(request: MemberRequest, webhook_id: str, delivery_id: int) -> HttpResponse:
    """Make the next attempt at once, and say how it went."""
    endpoint = _webhook(request, webhook_id)
    delivery = get_object_or_404(
        endpoint.deliveries.filter(kind=reporting.TRANSCRIPT), pk=delivery_id
    )
    made = reporting.report_again(delivery)
    if made is None:
        messages.error(request, NOTHING_SENT)
    elif made.succeeded:
        messages.success(request, f"Sent. It answered with {made.status}.")
    else:
        messages.error(request, f"Not delivered. {made.trouble}")
    return redirect("webhook", endpoint.pk)


def _webhook(request: MemberRequest, webhook_id: str) -> WebhookEndpoint:
    return get_object_or_404(request.workspace.webhooks, pk=webhook_id)


def _shown(request: MemberRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    latest = list(endpoint.deliveries.all()[:SHOWN])
    talks = request.workspace.conversations.filter(pk__in={one.about for one in latest})
    there = set(talks.values_list("pk", flat=True))
    context = {
        "section": "settings",
        "part": "webhooks",
        "hook": endpoint,
        "deliveries": [(one, one.about in there, _became(one)) for one in latest],
        "in_settings": settings_of(request.workspace).webhooks.post_call_webhook_id == endpoint.pk,
        "agents": webhook_uses.agents_naming(endpoint).order_by("name", "pk")[:SHOWN],
        "may_edit": request.member.may_edit,
    }
    return page(request, "console/settings/webhook.html", context)


def _became(delivery: Delivery) -> tuple[str, str]:
    """How an attempt went: its tone and its words."""
    if delivery.due_at:
        return "", "Waiting"
    if delivery.succeeded:
        return "ok", f"Delivered, {delivery.status}"
    return "bad", delivery.trouble or "Not delivered"


@sensitive_variables("secret")
def _listed(
    request: MemberRequest,
    form: WebhookForm,
    *,
    made: WebhookEndpoint | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "section": "settings",
        "part": "webhooks",
        "hooks": request.workspace.webhooks.listed(),
        "chosen": settings_of(request.workspace).webhooks.post_call_webhook_id or "",
        "form": form,
        "made": made,
        "secret": secret,
        "may_edit": request.member.may_edit,
    }
    return page(request, "console/settings/webhooks.html", context, status=status)
