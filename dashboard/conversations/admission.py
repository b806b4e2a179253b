"""May this visitor start? Who and where from first, then whether there is room (DESIGN §5)."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.agents.allowlist import admits
from dashboard.agents.models import Agent, AgentVersion
from dashboard.workspaces import days
from dashboard.workspaces.access import key_named
from dashboard.workspaces.models import Workspace

from . import signing
from .models import Conversation, SpentLink, Status
from .places import Pool, ceiling, taken


@dataclass(frozen=True)
class Knock:
    """What a visitor comes with. `origin`: the page's scheme and host; empty when not sent.

    `bearer`: what stands behind `bearer.` among the sub-protocols.
    """

    agent_id: str
    origin: str = ""
    signature: str = ""
    api_key: str = ""
    bearer: str = ""
    shareable_token: str = ""


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
WRONG_KEY = Refused("authorization", "This API key is not valid for this agent.")
WRONG_BEARER = Refused("authorization", "This authorization is not valid for this agent.")
WRONG_SHARE = Refused("authorization", "This link is not valid any more. Please ask for a new one.")
WRONG_HOST = Refused("allowlist", "This page may not talk to this agent.")
NO_ORIGIN = Refused("allowlist", "This agent only talks to pages that say where they are.")
FULL = Refused("too_many", "Too many conversations right now. Please try again in a few minutes.")
AWAY = Refused("agent_not_found", "This agent is not there any more.")
DAY_IS_OVER = Refused("daily_limit", "This agent has had its conversations for today.")

_LET_IN_FROM_ANYWHERE = ("signed_url", "shareable_link")  # perhaps
CROWDED_SECONDS = 5.0  # after somebody was turned away, the next are looked at without a lock first
_MOST_CROWDED = 10_000
_crowded: dict[str, float] = {}  # agent id -> until when, in this process's own time


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


def may_go_on(talk: Conversation, origin: str) -> Refused | None:
    """Whether a visitor who comes back still may: to this agent, and from this page (its Origin).

    What they showed at the start was good then and is not shown again. Signed and shared starts
    may have been let in from any page, and their records do not tell: they are not asked.
    """
    agent = Agent.objects.select_related("limits").filter(pk=talk.agent_id).first()
    if agent is None or agent.archived:
        return AWAY
    if talk.authorized_by in _LET_IN_FROM_ANYWHERE:
        return None
    return _origin_trouble(agent, origin)


def _authorize(agent: Agent, knock: Knock) -> Entry | Refused:
    """By the first thing that was shown. What is shown and wrong is refused, also where nothing
    is needed: whoever sent it believes that they are somebody."""
    if knock.signature:
        return _by_signature(agent, knock.signature)
    if knock.bearer:
        authorized = _by_key(agent, knock.bearer) or _by_signature(agent, knock.bearer)
        return WRONG_BEARER if authorized == WRONG_SIGNATURE else authorized
    if knock.api_key:
        return _by_key(agent, knock.api_key) or WRONG_KEY
    if knock.shareable_token:
        return _by_shareable_link(agent, knock.shareable_token)
    if agent.limits.needs_signature:
        return UNSIGNED
    return Entry(agent, agent.told, "public")


def _by_signature(agent: Agent, signature: str) -> Entry | Refused:
    allowed = signing.permission(signature)
    if allowed is None or allowed.agent_id != agent.pk:
        return WRONG_SIGNATURE
    if allowed.shared:
        if not allowed.is_of(agent.limits.shareable_token):
            return WRONG_SHARE
        return Entry(agent, agent.told, "shareable_link", anywhere=allowed.anywhere)
    once = allowed.conversation_id
    if once and _is_spent(once):
        return USED_SIGNATURE
    return Entry(agent, agent.told, "signed_url", once, allowed.anywhere)


def _by_key(agent: Agent, text: str) -> Entry | None:
    key = key_named(text)
    if key is None or key.workspace_id != agent.workspace_id:
        return None
    return Entry(agent, agent.told, "authorization_header")


def _by_shareable_link(agent: Agent, shown: str) -> Entry | Refused:
    token = agent.limits.shareable_token
    if token and hmac.compare_digest(token.encode(), shown.encode(errors="replace")):
        return Entry(agent, agent.told, "shareable_link")
    return WRONG_SHARE


def _origin_trouble(agent: Agent, origin: str) -> Refused | None:
    if admits(agent, origin or None):
        return None
    return WRONG_HOST if origin else NO_ORIGIN


# --- Links that serve once --------------------------------------------------------------------


def spend(entry: Entry) -> Refused | None:
    """Use up a single-use link, for good. Call it in the transaction that makes the conversation's
    row: then two that come with the same link at once are told apart, and a refused try keeps it.
    """
    if not entry.conversation_id:
        return None
    lasts = timedelta(seconds=settings.SIGNED_URL_SECONDS)
    try:
        with transaction.atomic():
            SpentLink(
                conversation_id=entry.conversation_id, expires_at=timezone.now() + lasts
            ).save(force_insert=True)
    except IntegrityError:
        return USED_SIGNATURE
    return None


def forget_spent_links() -> int:
    """Those whose signature would be too old by now; how many."""
    return SpentLink.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def _is_spent(conversation_id: str) -> bool:
    return (
        SpentLink.objects.filter(pk=conversation_id).exists()
        or Conversation.objects.filter(pk=conversation_id).exists()
    )


# --- Room ---------------------------------------------------------------------------------------


def full_at_a_glance(agent: Agent, *, besides: str = "") -> Refused | None:
    """The same question without a lock, before any work is done for a visitor; only asked where
    somebody was turned away lately.

    A no is final, as there was no room at the moment of asking; a yes still has to be asked again
    by `find_room`. So a crowd that is turned away keeps nobody from the lock.
    """
    if time.monotonic() > _crowded.get(agent.pk, 0.0):
        return None
    decided = _decide(agent, agent.workspace, besides)
    return decided if isinstance(decided, Refused) else None


def find_room(agent: Agent, *, besides: str = "") -> Place | Refused:
    """Count and decide. Call it inside the transaction that makes the conversation's row:
    the lock on the workspace keeps everybody else from counting until then.

    besides: a conversation that is not counted, as it is the one that comes (from its handshake,
    or from a server that was lost).
    """
    return _decide(agent, _locked(agent), besides)


def find_handshake_room(agent: Agent) -> Refused | None:
    """Room for a conversation that is still being set up: it counts against both pools together
    until it is established (contract websocket.md §2.3). Call it as `find_room`.
    """
    workspace = _locked(agent)
    if _day_is_over(agent, workspace, ""):
        return _worded(DAY_IS_OVER, agent, workspace)
    total = taken(agent).total(workspace)
    return _worded(FULL, agent, workspace) if _is_full([total], agent, workspace) else None


def _locked(agent: Agent) -> Workspace:
    return Workspace.objects.select_for_update(no_key=True).get(pk=agent.workspace_id)


def _decide(agent: Agent, workspace: Workspace, besides: str) -> Place | Refused:
    if _day_is_over(agent, workspace, besides):
        return _worded(DAY_IS_OVER, agent, workspace)
    now = taken(agent, besides)
    pools = now.chats(workspace, agent)
    # One that comes from its handshake had its place in the total already.
    if _is_full([*pools, now.total(workspace)], agent, workspace):
        return _worded(FULL, agent, workspace)
    return Place(is_burst=any(pool.used >= pool.limit for pool in pools))


def _is_full(pools: list[Pool], agent: Agent, workspace: Workspace) -> bool:
    bursting = agent.limits.bursting
    return any(pool.used >= ceiling(pool.limit, workspace, bursting) for pool in pools)


def _day_is_over(agent: Agent, workspace: Workspace, besides: str) -> bool:
    """Since midnight in the workspace's time zone. One in its handshake has not started yet."""
    most = agent.limits.a_day
    if most < 0:
        return False
    started = agent.conversations.filter(started_at__gte=days.began(workspace))
    started = started.exclude(status=Status.INITIATED)
    if besides:
        started = started.exclude(pk=besides)
    return started.count() >= most


def _worded(refused: Refused, agent: Agent, workspace: Workspace) -> Refused:
    """In the agent's own words, else the workspace's."""
    if len(_crowded) >= _MOST_CROWDED:
        _crowded.clear()
    _crowded[agent.pk] = time.monotonic() + CROWDED_SECONDS
    own = agent.limits.refusal_text or workspace.refusal_text
    return replace(refused, message=own) if own else refused
