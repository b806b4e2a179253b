"""Tabs of an agent that are made of cards: each saves by itself, and takes effect at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from dashboard.agents.documents import Unfit
from dashboard.agents.models import Agent, AgentVersion

from . import fresh
from .agent_tabs import around
from .forms.card import CardForm
from .members import MemberRequest, actor
from .pages import page


@dataclass(frozen=True)
class Kind:
    """What a card is made of; its template extends `console/agents/_card.html`."""

    form: type[CardForm]
    template: str


@dataclass(frozen=True)
class Card:
    """One as it is shown: its fields, and how the last Save went."""

    key: str
    template: str
    form: CardForm
    stamp: str
    saved: datetime | None = None
    conflict: AgentVersion | None = None


@dataclass(frozen=True)
class Tab:
    """`key` as in `agent_tabs`, `view`: the page's name; `more`: what else its templates show."""

    key: str
    view: str
    template: str
    kinds: Mapping[str, Kind]
    more: Callable[[MemberRequest, Agent], dict[str, Any]] = field(default=lambda *_: {})

    def card(self, agent: Agent, key: str) -> Card:
        kind = self.kinds[key]
        return Card(key, kind.template, kind.form(agent), kind.form.stamp(agent))


def agent_of(request: MemberRequest, agent_id: str) -> Agent:
    return get_object_or_404(
        request.workspace.agents.listed().select_related("workspace"), pk=agent_id
    )


def show(
    request: MemberRequest,
    tab: Tab,
    agent: Agent,
    touched: Card | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The whole tab; `touched` is the card as it was just typed."""
    cards = {key: tab.card(agent, key) for key in tab.kinds}
    if touched:
        cards[touched.key] = touched
    context = {**_context(request, tab, agent), "cards": cards, **more}
    return page(request, tab.template, context, status=status)


def save(request: MemberRequest, tab: Tab, agent_id: str) -> HttpResponse:
    """The card that the form names. 422: a field is wrong; 409: somebody else saved this card."""
    agent, key = agent_of(request, agent_id), request.POST.get("card", "")
    if key not in tab.kinds:
        raise Http404
    kind = tab.kinds[key]
    form = kind.form(agent, request.POST)
    seen = request.POST.get("seen", "")[:64]
    if not form.is_valid():
        return _answer(request, tab, agent, Card(key, kind.template, form, seen), 422)
    try:
        version = fresh.save_part(agent, seen, kind.form.stamp, form.change(), actor(request))
    except fresh.AgentChanged as newer:
        now = Card(
            key, kind.template, form, kind.form.stamp(newer.today), conflict=newer.today.told
        )
        return _answer(request, tab, newer.today, now, 409)
    except Agent.DoesNotExist:
        raise Http404 from None
    except Unfit as unfit:
        form.refuse(unfit)
        return _answer(request, tab, agent, Card(key, kind.template, form, seen), 422)
    if not request.htmx:
        messages.success(request, f"Version {version.number} saved. It is live.")
        return redirect(tab.view, agent.pk)
    agent = agent_of(request, agent_id)
    stamp = kind.form.stamp(agent)
    done = Card(key, kind.template, kind.form(agent), stamp, saved=timezone.now())
    return _answer(request, tab, agent, done, 200)


def _answer(
    request: MemberRequest, tab: Tab, agent: Agent, card: Card, status: int
) -> HttpResponse:
    if not request.htmx:
        return show(request, tab, agent, card, status=status)
    context = {
        **_context(request, tab, agent),
        "card": card,
        "form": card.form,
        "saved": card.saved,
        "conflict": card.conflict,
    }
    return render(request, "console/agents/_card_answer.html", context, status=status)


def _context(request: MemberRequest, tab: Tab, agent: Agent) -> dict[str, Any]:
    return {
        **around(request, agent, tab.key),
        **tab.more(request, agent),
        "tab_view": tab.view,
    }
