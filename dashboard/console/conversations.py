"""The list of conversations, and one conversation with what was made of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from dashboard.conversations.lifecycle import judge_again
from dashboard.conversations.models import Conversation, Outcome

from .conversation_filter import Filter
from .members import MemberRequest, actor, editor_required, member_required
from .pages import page
from .paging import Place, older_than, rows_after, up_to
from .spending import cost_of
from .transcript import read
from .words import MOVING, VERDICTS, about

# What a visitor sent is never shown as a page of ours.
_HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


@require_GET
@member_required
def conversations(request: MemberRequest) -> HttpResponse:
    """`top` pins the newest row shown, so that a refresh never pushes rows under the pointer."""
    asked = Filter.of(request)
    after = Place.read(request.GET.get("after", ""))
    top = Place.read(request.GET.get("top", ""))
    every = asked.found_in(request)
    found = every.filter(up_to("started_at", top)) if top else every
    shown = rows_after(found, "started_at", after)
    first = shown.rows[0] if shown.rows else None
    context = {
        "section": "conversations",
        "rows": shown.rows,
        "asked": asked,
        "paged": after is not None,
        "older": asked.query(after=str(shown.after)) if shown.after else "",
        "newest": asked.query(),
        "moving": any(row.status in MOVING for row in shown.rows),
        "again": asked.query(
            after=str(after or ""), top=str(Place(first.started_at, first.pk)) if first else ""
        ),
        "newer": every.exclude(up_to("started_at", top)).count() if top and not after else 0,
    }
    if request.htmx and top:
        return render(request, "console/conversations/_rows.html", context)
    return page(request, "console/conversations/list.html", {**context, **asked.choices(request)})


@require_GET
@member_required
def conversation(request: MemberRequest, conversation_id: str) -> HttpResponse:
    found = get_object_or_404(request.workspace.conversations.recent(), pk=conversation_id)
    context = _shown(request, found)
    if request.htmx:
        return render(request, "console/conversations/_detail.html", context)
    return page(request, "console/conversations/detail.html", context)


@require_POST
@editor_required
def judge_conversation_again(request: MemberRequest, conversation_id: str) -> HttpResponse:
    found = get_object_or_404(request.workspace.conversations, pk=conversation_id)
    if not judge_again(found, actor(request)):
        messages.error(request, "It is being judged already, or still going on.")
    return redirect("conversation", found.pk)


@require_GET
@member_required
def conversation_file(request: MemberRequest, conversation_id: str, file_id: str) -> HttpResponse:
    found = get_object_or_404(request.workspace.conversations, pk=conversation_id)
    file = get_object_or_404(found.files, pk=file_id)
    name = content_disposition_header(as_attachment=True, filename=file.name)
    headers = {**_HARMLESS, "Content-Disposition": name or "attachment"}
    return HttpResponse(bytes(file.content), content_type=file.content_type, headers=headers)


def _shown(request: MemberRequest, found: Conversation) -> dict[str, Any]:
    analysis = getattr(found, "analysis", None)
    verdicts = [
        (verdict, VERDICTS[Outcome(verdict["outcome"])])
        for verdict in (analysis.verdicts if analysis else [])
    ]
    words = [shown.word.lower() for _, shown in verdicts]
    counted = [f"{words.count(word)} {word}" for word in ("pass", "fail", "unclear")]
    others = request.workspace.conversations.order_by("-started_at", "-id")
    ids = others.values_list("pk", flat=True)
    here = Place(found.started_at, found.pk)
    turns = list(found.turns.all())
    return {
        "section": "conversations",
        "conversation": found,
        "title": about(found) or f"Conversation with {found.agent.name}",
        "analysis": analysis,
        "verdicts": verdicts,
        "counted": " · ".join(part for part in counted if not part.startswith("0 ")),
        "entries": read(turns),
        "cost": cost_of(found, turns),
        "files": found.files.defer("content"),
        "moving": found.status in MOVING,
        "api_address": request.build_absolute_uri(f"/v1/convai/conversations/{found.pk}"),
        "older": ids.filter(older_than("started_at", here)).first(),
        "newer": ids.exclude(up_to("started_at", here)).last(),
        "may_edit": request.member.may_edit,
    }
