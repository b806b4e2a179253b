"""Security of an agent: who may start, from which pages, what a page may change, the links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.agents import sites
from dashboard.agents.allowlist import admits
from dashboard.agents.documents import Unfit
from dashboard.agents.models import Agent
from dashboard.conversations import admission, refusals
from dashboard.conversations.signing import sign

from .agent_cards import Kind, Tab, agent_of, save, show
from .agent_keeping import CANNOT
from .forms.asking import AskingForm
from .forms.security import PermissionsForm, WhoForm, shareable_token, sites_of
from .forms.tool import SECRET
from .members import MemberRequest, actor, editor_required, member_required

WHERE = admission.WRONG_HOST.reason


def _more(request: MemberRequest, agent: Agent) -> dict[str, Any]:
    """The list, who tried without being on it, and what only editors may take along."""
    hosts = sites_of(agent)
    may_edit = request.member.may_edit
    token = shareable_token(agent) if may_edit else ""
    secrets = agent.workspace.secrets.order_by("name", "pk").values_list("pk", "name")
    chosen = [(SECRET + pk, name) for pk, name in secrets]
    return {
        "sites": hosts,
        "most_sites": sites.MOST,
        "tried": _tried(agent, hosts) if hosts else None,
        "has_link": bool(shareable_token(agent)),
        "link": _link(request, agent, token) if token else "",
        "secrets": chosen,
        "secret_ids": [value for value, _ in chosen],
        "minutes": settings.SIGNED_URL_SECONDS // 60,
    }


TAB = Tab(
    "security",
    "agent-security",
    "console/agents/security.html",
    {
        "who": Kind(WhoForm, "console/agents/security/_who.html"),
        "permissions": Kind(PermissionsForm, "console/agents/security/_permissions.html"),
        "asking": Kind(AskingForm, "console/agents/security/_asking.html"),
    },
    _more,
)


@sensitive_post_parameters("header_text")
@require_http_methods(["GET", "POST"])
@member_required
def agent_security(request: MemberRequest, agent_id: str) -> HttpResponse:
    if request.method == "POST":
        return save_security(request, agent_id)
    agent = agent_of(request, agent_id)
    asked = request.GET.get("page", "").strip()[:500]
    would = _would(agent, asked) if asked else None
    if request.htmx and "page" in request.GET:
        context = {"page_asked": asked, "would": would}
        return render(request, "console/agents/security/_would.html", context)
    return show(request, TAB, agent, page_asked=asked, would=would)


@require_POST
@editor_required
def save_security(request: MemberRequest, agent_id: str) -> HttpResponse:
    return save(request, TAB, agent_id)


@require_POST
@editor_required
def change_sites(request: MemberRequest, agent_id: str) -> HttpResponse:
    """`add`: a host to let in; `remove`: one to take out."""
    agent = agent_of(request, agent_id)
    typed = request.POST.get("add", "")[:2_000]
    try:
        if gone := request.POST.get("remove", ""):
            sites.disallow(agent, gone, actor(request))
            messages.success(request, f"{gone[:100]} is turned away from now on.")
        else:
            host = sites.allow(agent, typed, actor(request))
            messages.success(request, f"{host} may talk to {agent.name} now.")
    except sites.NotAllowed as trouble:
        return show(request, TAB, agent, status=422, typed_site=typed, site_error=str(trouble))
    except Agent.DoesNotExist:
        raise Http404 from None
    except Unfit:
        messages.error(request, CANNOT)
    return redirect(reverse("agent-security", args=[agent_id]) + "#sites")


@require_POST
@editor_required
def change_link(request: MemberRequest, agent_id: str) -> HttpResponse:
    """`do`: `make` (the one before is over) or `revoke`."""
    agent = agent_of(request, agent_id)
    try:
        if request.POST.get("do") == "revoke":
            sites.unshare(agent, actor(request))
            messages.success(request, "The link is revoked. It opens nothing any more.")
        else:
            sites.share(agent, actor(request))
            messages.success(request, "Here is your new link. Copy it below.")
    except Agent.DoesNotExist:
        raise Http404 from None
    except Unfit:
        messages.error(request, CANNOT)
    return redirect(reverse("agent-security", args=[agent_id]) + "#links")


@require_POST
@editor_required
def signed_link(request: MemberRequest, agent_id: str) -> HttpResponse:
    """An address that may start conversations for some minutes, as the API gives it out."""
    agent = agent_of(request, agent_id)
    query = urlencode({"agent_id": agent.pk, "conversation_signature": sign(agent.pk)})
    signed = f"ws{_origin(request).removeprefix('http')}/v1/convai/conversation?{query}"
    until = timezone.localtime(timezone.now() + timedelta(seconds=settings.SIGNED_URL_SECONDS))
    if request.htmx:
        context = {"signed": signed, "until": until, "agent": agent}
        return render(request, "console/agents/security/_signed.html", context)
    return show(request, TAB, agent, signed=signed, until=until)


def _would(agent: Agent, asked: str) -> tuple[bool, str]:
    """Whether a page at this address would be let in, and why."""
    try:
        host = sites.readable_host(asked)
    except sites.NotAllowed as trouble:
        return False, str(trouble)
    link = " It also needs a signed link." if agent.limits.needs_signature else ""
    if not sites_of(agent):
        return True, f"Yes: no site is listed, so every page may.{link}"
    if admits(agent, asked if "://" in asked else f"https://{asked}"):
        return True, f"Yes: {host} is in the list.{link}"
    return False, f"No: {host} is not in the list."


def _tried(agent: Agent, hosts: list[str]) -> dict[str, Any] | None:
    """Pages that were turned away lately: how often, when last, and the last one's host."""
    found = next((one for one in refusals.of(agent) if one.reason == WHERE), None)
    if found is None:
        return None
    try:
        host = sites.readable_host(found.origin)
    except sites.NotAllowed:
        host = ""
    return {"refused": found, "host": host if host not in hosts else ""}


def _link(request: MemberRequest, agent: Agent, token: str) -> str:
    path = reverse("talk", args=[agent.pk])
    return f"{_origin(request)}{path}?{urlencode({'token': token})}"


def _origin(request: MemberRequest) -> str:
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
