"""The list of conversations, and one conversation with what was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from dashboard.agents.models import Agent
from dashboard.conversations.lifecycle import judge_again
from dashboard.conversations.models import (
    Conversation,
    ConversationQuerySet,
    Outcome,
    Status,
    Thumb,
)
from dashboard.workspaces.ids import is_id

from .members import MemberRequest, actor, editor_required, member_required
from .pages import page
from .paging import Place, older_than, rows_after, up_to
from .transcript import entries
from .words import MARKS, MOVING, STATES, VERDICTS, Mark, about

_JUDGED = Q(status=Status.DONE)
RESULTS: dict[str, tuple[Mark, Q]] = {
    "pass": (MARKS[Outcome.SUCCESS], _JUDGED & Q(analysis__outcome=Outcome.SUCCESS)),
    "fail": (MARKS[Outcome.FAILURE], _JUDGED & Q(analysis__outcome=Outcome.FAILURE)),
    "unclear": (MARKS[Outcome.UNKNOWN], _JUDGED & Q(analysis__outcome=Outcome.UNKNOWN)),
    "talking": (STATES[Status.IN_PROGRESS], Q(status=Status.IN_PROGRESS)),
    "judging": (STATES[Status.PROCESSING], Q(status=Status.PROCESSING)),
    "failed": (STATES[Status.FAILED], Q(status=Status.FAILED)),
    "liked": (Mark("Liked", "circle-check", "ok"), Q(thumb=Thumb.UP) | Q(rating__gte=4)),
    "disliked": (Mark("Disliked", "circle-x", "bad"), Q(thumb=Thumb.DOWN) | Q(rating__lte=2)),
}


@dataclass(frozen=True)
class Filter:
    """What the address asks for; an agent of another workspace does not exist."""

    agent: Agent | None
    result: str

    @classmethod
    def of(cls, request: MemberRequest) -> Filter:
        agent_id, result = request.GET.get("agent", ""), request.GET.get("result", "")
        if result and result not in RESULTS:
            raise Http404
        if agent_id and not is_id(agent_id):
            raise Http404
        agents = request.workspace.agents
        return cls(get_object_or_404(agents, pk=agent_id) if agent_id else None, result)

    def query(self, **changes: str) -> str:
        """The address's query with some of it changed; empty values are left out."""
        asked = {"agent": self.agent.pk if self.agent else "", "result": self.result, **changes}
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def apply(self, found: ConversationQuerySet) -> ConversationQuerySet:
        if self.agent:
            found = found.filter(agent=self.agent)
        return found.filter(RESULTS[self.result][1]) if self.result else found

    def chips(self) -> list[tuple[str, str, str]]:
        """What is filtered, as (field, value, query without it)."""
        chips = []
        if self.agent:
            chips.append(("Agent", self.agent.name, self.query(agent="")))
        if self.result:
            chips.append(("Result", RESULTS[self.result][0].word, self.query(result="")))
        return chips


@require_GET
@member_required
def conversations(request: MemberRequest) -> HttpResponse:
    """`top` pins the newest row shown, so that a refresh never pushes rows under the pointer."""
    asked = Filter.of(request)
    after = Place.read(request.GET.get("after", ""))
    top = Place.read(request.GET.get("top", ""))
    every = asked.apply(request.workspace.conversations.recent())
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
    return page(request, "console/conversations/list.html", {**context, **_choices(request, asked)})


def _choices(request: MemberRequest, asked: Filter) -> dict[str, Any]:
    """What [+ Filter] offers."""
    agents = request.workspace.agents.order_by("name").values_list("name", "pk")[:100]
    return {
        "agent_choices": [(name, asked.query(agent=pk)) for name, pk in agents],
        "result_choices": [
            (shown, asked.query(result=name)) for name, (shown, _) in RESULTS.items()
        ],
    }


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
    return {
        "section": "conversations",
        "conversation": found,
        "title": about(found) or f"Conversation with {found.agent.name}",
        "analysis": analysis,
        "verdicts": verdicts,
        "counted": " · ".join(part for part in counted if not part.startswith("0 ")),
        "entries": entries(found),
        "files": found.files.defer("content"),
        "moving": found.status in MOVING,
        "api_address": request.build_absolute_uri(f"/v1/convai/conversations/{found.pk}"),
        "older": ids.filter(older_than("started_at", here)).first(),
        "newer": ids.exclude(up_to("started_at", here)).last(),
        "may_edit": request.member.may_edit,
    }
