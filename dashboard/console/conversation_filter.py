"""What the list of conversations is narrowed by: all of it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from dashboard.agents.models import Agent
from dashboard.conversations.filters import ToolsUsed, Wanted, matching
from dashboard.conversations.models import ConversationQuerySet, Outcome, Status, Thumb
from dashboard.workspaces.ids import is_id

from .members import MemberRequest
from .words import MARKS, STATES, Mark

LONGEST_SEARCH = 200
_JUDGED = Q(status=Status.DONE)
RESULTS: dict[str, tuple[Mark, Q]] = {
    "pass": (MARKS[Outcome.SUCCESS], _JUDGED & Q(outcome=Outcome.SUCCESS)),
    "fail": (MARKS[Outcome.FAILURE], _JUDGED & Q(outcome=Outcome.FAILURE)),
    "unclear": (MARKS[Outcome.UNKNOWN], _JUDGED & Q(outcome=Outcome.UNKNOWN)),
    "talking": (STATES[Status.IN_PROGRESS], Q(status=Status.IN_PROGRESS)),
    "judging": (STATES[Status.PROCESSING], Q(status=Status.PROCESSING)),
    "failed": (STATES[Status.FAILED], Q(status=Status.FAILED)),
}
FEEDBACK: dict[str, tuple[Mark, Q]] = {
    "liked": (Mark("Liked", "circle-check", "ok"), Q(thumb=Thumb.UP) | Q(rating__gte=4)),
    "disliked": (Mark("Disliked", "circle-x", "bad"), Q(thumb=Thumb.DOWN) | Q(rating__lte=2)),
    "comment": (Mark("With a comment", "messages"), Q(has_comment=True)),
}
TOOLS: dict[str, tuple[Mark, ToolsUsed]] = {
    "failed": (Mark("Failed", "alert-triangle", "bad"), ToolsUsed((), erred=True)),
    "used": (Mark("Made", "tools"), ToolsUsed(())),
}
_CHOICES: tuple[tuple[str, str, Mapping[str, tuple[Mark, object]]], ...] = (
    ("result", "Result", RESULTS),
    ("feedback", "Feedback", FEEDBACK),
    ("tools", "Tool call", TOOLS),
)
# By the name in the address: what it is called, and what there is to choose.
FIELDS: dict[str, tuple[str, dict[str, Mark]]] = {
    field: (word, {value: mark for value, (mark, _) in shown.items()})
    for field, word, shown in _CHOICES
}


@dataclass(frozen=True)
class Filter:
    """What the address asks for; an agent of another workspace does not exist."""

    agent: Agent | None
    chosen: dict[str, str]  # of FIELDS
    said: str

    @classmethod
    def of(cls, request: MemberRequest) -> Filter:
        chosen = {field: request.GET.get(field, "") for field in FIELDS}
        if any(value and value not in FIELDS[field][1] for field, value in chosen.items()):
            raise Http404
        agent_id = request.GET.get("agent", "")
        if agent_id and not is_id(agent_id):
            raise Http404
        agents = request.workspace.agents
        agent = get_object_or_404(agents, pk=agent_id) if agent_id else None
        said = request.GET.get("said", "").replace("\0", "").strip()[:LONGEST_SEARCH]
        return cls(agent, chosen, said)

    def values(self) -> dict[str, str]:
        return {"agent": self.agent.pk if self.agent else "", **self.chosen, "said": self.said}

    def query(self, **changes: str) -> str:
        """The address's query with some of it changed; empty values are left out."""
        asked = self.values() | changes
        return "?" + urlencode({name: value for name, value in asked.items() if value})

    def others(self) -> list[tuple[str, str]]:
        """What a new search keeps."""
        return [(name, value) for name, value in self.values().items() if value and name != "said"]

    def found_in(self, request: MemberRequest) -> ConversationQuerySet:
        rows = Q(agent=self.agent) if self.agent else Q()
        for field, shown in (("result", RESULTS), ("feedback", FEEDBACK)):
            if self.chosen[field]:
                rows &= shown[self.chosen[field]][1]
        tools = [TOOLS[self.chosen["tools"]][1]] if self.chosen["tools"] else []
        return matching(request.workspace, Wanted(rows, tools=tools, said=self.said)).recent()

    def chips(self) -> list[tuple[str, str, str]]:
        """What is filtered, as (field, value, query without it)."""
        chips = [("Agent", self.agent.name, self.query(agent=""))] if self.agent else []
        for name, (field, shown) in FIELDS.items():
            if value := self.chosen[name]:
                chips.append((field, shown[value].word, self.query(**{name: ""})))
        if self.said:
            chips.append(("Search", self.said, self.query(said="")))
        return chips

    def choices(self, request: MemberRequest) -> dict[str, Any]:
        """What [+ Filter] offers."""
        agents = request.workspace.agents.order_by("name").values_list("name", "pk")[:100]
        return {
            "agent_choices": [(name, self.query(agent=pk)) for name, pk in agents],
            "field_choices": [
                (field, [(mark, self.query(**{name: value})) for value, mark in shown.items()])
                for name, (field, shown) in FIELDS.items()
            ],
        }
