"""Agents whose rows are held until the transaction ends (the order: workspaces/deeds.py)."""

from __future__ import annotations

from django.db.models import QuerySet

from .models import Agent


def held(agent: Agent) -> Agent:
    """As its row is now. Raises Agent.DoesNotExist when it was taken away meanwhile."""
    return Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)


def all_held(agents: QuerySet[Agent]) -> list[Agent]:
    """By their ids, each as its row is now; what they are told is looked up after that."""
    pks = list(agents.order_by("pk").values_list("pk", flat=True))
    return list(Agent.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))
