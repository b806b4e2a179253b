"""Who is at the page: a signed-in member, and the workspace that everything starts from."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from dashboard.workspaces.access import membership_of
from dashboard.workspaces.audit import Actor
from dashboard.workspaces.models import Door, Member, Workspace


class MemberRequest(HttpRequest):
    """What a page's view gets to see."""

    htmx: HtmxDetails
    member: Member
    workspace: Workspace


View = Callable[..., HttpResponse]
_HALF = re.compile("[\ud800-\udfff]")


def member_required(view: View) -> View:
    """Lets members in, on the clock of their workspace; everybody else signs in first."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = cast(Any, request.user)
        if not user.is_authenticated:
            return _sign_in(cast(MemberRequest, request))
        member = membership_of(user)
        if member is None:
            return render(request, "console/no_workspace.html", status=403)
        _check_texts(request)
        vars(request).update(member=member, workspace=member.workspace)
        known = cast(MemberRequest, request)
        with timezone.override(ZoneInfo(member.workspace.time_zone)):
            response = view(known, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return entered


def editor_required(view: View) -> View:
    """Like member_required, and viewers are told whom to ask."""

    @wraps(view)
    def entered(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.member.may_edit:
            context = {"owner": request.member.workspace.owner}
            return render(request, "console/may_not.html", context, status=403)
        return view(request, *args, **kwargs)

    return member_required(entered)


def actor(request: MemberRequest) -> Actor:
    """Who the audit log names for what this request changes."""
    return Actor(request.member.user, door=Door.DASHBOARD)


def _check_texts(request: HttpRequest) -> None:
    """No browser sends halves of characters; charsets that can are met by a page that says so."""
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            if any(_HALF.search(text) for text in (name, *values)):
                raise BadRequest("a form that is not text")


def _sign_in(request: MemberRequest) -> HttpResponse:
    """To the sign-in page and back; a fragment sends the whole page there."""
    if request.htmx:
        back = redirect_to_login(request.htmx.current_url_abs_path or "/")
        return HttpResponseClientRedirect(back.url)
    return redirect_to_login(request.get_full_path())
