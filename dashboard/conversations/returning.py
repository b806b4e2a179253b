"""A conversation goes from one server to another: released in order, or left by one that stopped.

One server holds a conversation and writes its turns; the row says which. A server that lives gives
it up when it is asked to, and one that stopped is not asked. There is no other state than the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboard.agents import secret_variables
from dashboard.agents.briefing import Occasion
from dashboard.agents.model_choice import as_burst
from dashboard.agents.speaker import Casting, speaker_for
from dashboard.agents.toolbox import ClientTools
from dashboard.agents.wishes import wishes_again

from . import admission
from .admission import Refused
from .models import Conversation, ConversationQuerySet, LiveServer, Status, StoredTurn

GONE = Refused("gone", "This conversation has ended. Send a message to start a new one.")


@dataclass(frozen=True)
class Held:
    """Another server holds it, or this one still does; it has been told that it is wanted."""

    server_id: str


@dataclass(frozen=True)
class Returned:
    """`turns`: all that was kept, in order."""

    conversation: Conversation
    casting: Casting
    turns: Sequence[StoredTurn]
    seconds: float


def refusal(pk: str, origin: str) -> Refused | None:
    """Why a visitor may not come back to this conversation at all. `origin`: of their page."""
    talk = _talking().filter(pk=pk).first()
    return GONE if talk is None else admission.may_go_on(talk, origin)


def go_on(
    pk: str, server_id: str, client_tools: ClientTools | None = None, *, lost: str = ""
) -> Returned | Held | Refused:
    """Take a conversation over, as its visitor is at this server now.

    Where its place was given away meanwhile, there must be another one. `lost`: a server that is
    known to have stopped before its heartbeat shows it; were it wrong, it can write no more turns.
    """
    talk = _talking().filter(pk=pk).first()
    if talk is None:
        return GONE
    if _is_held(talk, lost):
        return _want(talk)
    with transaction.atomic():
        if talk.server_id is not None and not _is_held(talk):  # its place is free since then
            place = admission.find_room(talk.agent, besides=pk)
            if isinstance(place, Refused):
                return place
        _lock(pk)
        talk = _talking().filter(pk=pk).first()
        if talk is None:
            return GONE
        if _is_held(talk, lost):
            return _want(talk)
        Conversation.objects.filter(pk=pk).update(
            server_id=server_id, returns_until=None, wanted_at=None
        )
    try:
        casting = _cast_again(talk, client_tools)
    except Exception:
        release(pk, server_id)  # nobody else could take it, or end it, while this server lives
        raise
    turns = list(StoredTurn.objects.filter(conversation_id=pk).order_by("number"))
    passed = (timezone.now() - talk.started_at).total_seconds()
    return Returned(talk, casting, turns, max(0.0, passed))


def release(pk: str, server_id: str) -> bool:
    """Let go of a conversation; its place is kept while its visitor may come back."""
    until = timezone.now() + timedelta(seconds=settings.RESUME_SECONDS)
    held = Conversation.objects.filter(pk=pk, server_id=server_id, status=Status.IN_PROGRESS)
    return held.update(server=None, returns_until=until, wanted_at=None) == 1


def wanted_of(server_id: str) -> list[str]:
    """The conversations of this server whose visitors wait at another one."""
    held = Conversation.objects.filter(server_id=server_id, status=Status.IN_PROGRESS)
    return list(held.exclude(wanted_at=None).values_list("pk", flat=True))


def _talking() -> ConversationQuerySet:
    rows = Conversation.objects.select_related("server", "version", "agent__workspace")
    return rows.select_related("agent__limits").filter(status=Status.IN_PROGRESS, may_return=True)


def _lock(pk: str) -> None:
    """By itself: after waiting for a lock PostgreSQL reads that row again, but not the rows that
    are joined to it, and its old server would seem to be the one that holds it.
    """
    Conversation.objects.select_for_update(no_key=True).filter(pk=pk).first()


def _is_held(talk: Conversation, lost: str = "") -> bool:
    server = talk.server
    return server is not None and server.pk != lost and server.beat_at >= LiveServer.stale_before()


def _want(talk: Conversation) -> Held:
    unwanted = Conversation.objects.filter(pk=talk.pk, server=talk.server_id, wanted_at=None)
    unwanted.update(wanted_at=timezone.now())
    return Held(talk.server_id or "")


def _cast_again(talk: Conversation, client_tools: ClientTools | None) -> Casting:
    """The same speaker, from what was kept of the start; it was allowed then."""
    secrets = secret_variables.opened(talk.sealed_variables)
    talk.version.agent = talk.agent
    casting = speaker_for(
        talk.version,
        wishes_again(talk.initiation, secrets),
        occasion=Occasion(talk.pk, talk.started_at),
        client_tools=client_tools,
        checked=True,
    )
    speaker = casting.speaker
    if talk.is_burst:
        speaker = replace(speaker, llm=as_burst(speaker.llm))
    if talk.language != speaker.brief.language:  # it was changed on the way
        speaker = replace(speaker, brief=casting.brief_in(talk.language))
    return replace(casting, speaker=speaker)
