"""The places that conversations take: how many there are, and how many are taken (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from dashboard.agents.models import Agent
from dashboard.workspaces.models import Plan, Workspace

from .models import Conversation, Status

BURST_TIMES = 3
BURST_CEILING = 300  # for every plan but the enterprise's


@dataclass(frozen=True)
class Pool:
    """Places of one kind. `limit`: those at the usual price."""

    limit: int
    used: int


@dataclass(frozen=True)
class Taken:
    """What goes on at one moment; `here`: with the agent that was asked about."""

    talking: int
    starting: int
    here: int

    def chats(self, workspace: Workspace, agent: Agent) -> list[Pool]:
        """The pools in which an established chat needs a place."""
        pools = [Pool(workspace.chat_limit, self.talking)]
        if agent.limits.at_once >= 0:
            pools.append(Pool(agent.limits.at_once, self.here))
        return pools

    def total(self, workspace: Workspace) -> Pool:
        """Voice and chat together, with those that are still in their handshake."""
        return Pool(workspace.total_limit, self.talking + self.starting)


def taken(agent: Agent, besides: str = "") -> Taken:
    """Count the agent's workspace in one question. besides: a conversation to leave out."""
    rows = Conversation.objects.filter(workspace=agent.workspace_id)
    if besides:
        rows = rows.exclude(pk=besides)
    talks, starts = Q(status=Status.IN_PROGRESS), Q(status=Status.INITIATED)
    counted = rows.going_on().aggregate(
        talking=Count("pk", filter=talks),
        starting=Count("pk", filter=starts),
        here=Count("pk", filter=talks & Q(agent=agent.pk)),
    )
    return Taken(**counted)


def ceiling(limit: int, workspace: Workspace, bursting: bool) -> int:
    """With bursts three times the limit, 300 at most, and never below the limit itself.
    The 300 does not hold for an enterprise (seed documentation, "Burst pricing")."""
    if not bursting:
        return limit
    most = BURST_TIMES * limit
    return most if workspace.plan == Plan.ENTERPRISE else max(limit, min(most, BURST_CEILING))
