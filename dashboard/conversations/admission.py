"""May this visitor start? Who and where from first, then whether there is room (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from dashboard.agents.allowlist import admits
from dashboard.agents.models import Agent, AgentVersion, CallLimits
from dashboard.workspaces.access import key_named
from dashboard.workspaces.models import Workspace

from . import signing
from .models import Conversation

BURST_CEILING = 300


@dataclass(frozen=True)
class Knock:
    """What a visitor comes with. `origin`: the page's scheme and host; empty when not sent."""

    agent_id: str
    origin: str = ""
    signature: str = ""
    api_key: str = ""


@dataclass(frozen=True)
class Refused:
    """`reason` is for the log and the owner, `message` is read by the visitor (close 1008)."""

    reason: str
    message: str


@dataclass(frozen=True)
class Entry:
    """Allowed in, as far as who and where go; there may still be no room."""

    agent: Agent
    version: AgentVersion
    authorized_by: str
    conversation_id: str = ""  # made before by whoever signed, and good for one start
    anywhere: bool = False  # the page's address does not matter


@dataclass(frozen=True)
class Place:
    is_burst: bool


NO_AGENT = Refused("agent_not_found", "This agent does not exist.")
UNSIGNED = Refused("authorization", "This agent needs a signed link to start a conversation.")
WRONG_SIGNATURE = Refused("authorization", "This link is no longer valid. Please reload the page.")
USED_SIGNATURE = Refused("authorization", "This link has been used. Please reload the page.")
WRONG_HOST = Refused("allowlist", "This page may not talk to this agent.")
NO_ORIGIN = Refused("allowlist", "This agent only talks to pages that say where they are.")
FULL = Refused("too_many", "Too many conversations right now. Please try again in a few minutes.")
DAY_IS_OVER = Refused("daily_limit", "This agent has had its conversations for today.")


def enter(knock: Knock) -> Entry | Refused:
    """Who is this, and may their page talk to the agent? Takes no place."""
    found = Agent.objects.select_related("workspace", "version", "limits")
    agent = found.filter(pk=knock.agent_id.replace("\0", "")).first()
    if agent is None or agent.archived:
        return NO_AGENT
    agent.told.agent = agent  # saves everybody after us a query
    authorized = _authorize(agent, knock)
    if isinstance(authorized, Refused):
        return authorized
    trouble = None if authorized.anywhere else _origin_trouble(agent, knock.origin)
    return trouble or authorized


def _authorize(agent: Agent, knock: Knock) -> Entry | Refused:
    if knock.signature:
        allowed = signing.permission(knock.signature)
        if allowed is None or allowed.agent_id != agent.pk:
            return WRONG_SIGNATURE
        once = allowed.conversation_id
        if once and Conversation.objects.filter(pk=once).exists():
            return USED_SIGNATURE
        return Entry(agent, agent.told, "signed_url", once, allowed.anywhere)
    if knock.api_key:
        key = key_named(knock.api_key)
        if key is None or key.workspace_id != agent.workspace_id:
            return Refused("authorization", "This API key is not valid for this agent.")
        return Entry(agent, agent.told, "authorization_header")
    if agent.limits.needs_signature:
        return UNSIGNED
    return Entry(agent, agent.told, "public")


def _origin_trouble(agent: Agent, origin: str) -> Refused | None:
    if admits(agent, origin or None):
        return None
    return WRONG_HOST if origin else NO_ORIGIN


def find_room(agent: Agent) -> Place | Refused:
    """Count and decide. Call it inside the transaction that makes the conversation's row:
    the lock on the workspace keeps everybody else from counting until then.
    """
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=agent.workspace_id)
    limits = agent.limits
    if limits.a_day >= 0 and _started_today(agent, workspace) >= limits.a_day:
        return DAY_IS_OVER
    rooms = [(workspace.conversations.talking().count(), workspace.chat_limit)]
    if limits.at_once >= 0:
        rooms.append((agent.conversations.talking().count(), limits.at_once))
    if any(talking >= _ceiling(limit, limits) for talking, limit in rooms):
        return FULL
    return Place(is_burst=any(talking >= limit for talking, limit in rooms))


def _ceiling(limit: int, limits: CallLimits) -> int:
    """With bursts up to three times the limit, 300 at most, and never below the limit itself."""
    return max(limit, min(3 * limit, BURST_CEILING)) if limits.bursting else limit


def _started_today(agent: Agent, workspace: Workspace) -> int:
    """Since midnight in the workspace's time zone."""
    now = timezone.now().astimezone(ZoneInfo(workspace.time_zone))
    midnight = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)
    if midnight > now:
        midnight -= timedelta(days=1)
    return agent.conversations.filter(started_at__gte=midnight).count()
