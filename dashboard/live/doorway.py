"""From a handshake to a session: a new conversation, or one that goes on here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from dashboard.agents import initiating
from dashboard.conversations import lifecycle, refusals, returning, signing, starting
from dashboard.conversations.admission import Knock, Refused
from dashboard.conversations.models import Conversation, StoredTurn
from dashboard.conversations.pace import Pace, messages_a_minute
from dashboard.conversations.returning import GONE, Returned
from dashboard.conversations.starting import Handshake, Hello, Started
from dashboard.conversations.turns import as_turn
from dashboard.engine.turns import Role

from . import nudges
from .client_tools import PageTools
from .opening import Line, Opening, Past, opening_of
from .record import DatabaseRecord, in_database
from .server import STOPPING, here
from .session import LiveSession

WAIT_SECONDS = 8  # for another server to let go of a conversation
LOOK_SECONDS = 0.25
DEAF_SECONDS = 2.5  # longer than a living server takes to renew a lost line to Redis
NOT_BEGUN = "The conversation could not be begun."
STOPPED = Refused("stopping", STOPPING)
BUSY = Refused("elsewhere", "The conversation is still held by another server. Please try again.")


async def begin(knock: Knock, hello: Hello, line: Line) -> LiveSession | Refused:
    """Start a conversation and its session, whose first frame is posted when this returns."""
    if here.stopping:
        return STOPPED
    server_id, page_tools = await here.id(), PageTools()
    started = await in_database(starting.start, knock, hello, server_id, page_tools)
    if isinstance(started, Handshake):
        started = await _ask_owner(started, page_tools)
    if isinstance(started, Refused):
        await in_database(refusals.count, knock.agent_id, started, knock.origin)
        return started
    talk = started.conversation
    try:
        opening = opening_of(talk.pk, started.casting, may_return=hello.may_return)
        # Every SDK names its source, and no bare script does.
        opening = replace(opening, answers_pings=bool(hello.source))
        session = _hold(talk, opening, DatabaseRecord(talk.pk, server_id), page_tools)
    except Exception:
        await in_database(_call_off, talk.pk)
        raise
    session.start(line)
    return session


async def _ask_owner(handshake: Handshake, page_tools: PageTools) -> Started | Refused:
    try:
        fetched = await initiating.fetch(handshake.wanted, handshake.facts)
        return await in_database(starting.establish, handshake, fetched, page_tools)
    except BaseException:
        await asyncio.shield(in_database(_call_off, handshake.occasion.conversation_id))
        raise


def _call_off(pk: str) -> None:
    """However far it came, its place is not kept."""
    starting.give_up(pk)
    lifecycle.finish(pk, NOT_BEGUN, {"code": 1011, "reason": NOT_BEGUN})


async def go_on(
    conversation_id: str, token: str, origin: str, after: int, line: Line
) -> LiveSession | Refused:
    """Come back to a conversation, at whichever server it was. `after`: see LiveSession.start."""
    if not signing.may_resume(conversation_id, token):
        return GONE
    if refused := await in_database(returning.refusal, conversation_id, origin):
        return refused
    async with here.alone(conversation_id):
        return await _go_on(conversation_id, after, line)


async def _go_on(conversation_id: str, after: int, line: Line) -> LiveSession | Refused:
    now = asyncio.get_running_loop().time
    until, deaf_since, lost = now() + WAIT_SECONDS, 0.0, ""
    while True:
        held = here.sessions.get(conversation_id)
        if held and not held.ended:
            held.come_back(line, after)
            return held
        if here.stopping:
            return STOPPED
        server_id, page_tools = await here.id(), PageTools()
        found = await in_database(
            returning.go_on, conversation_id, server_id, page_tools, lost=lost
        )
        if isinstance(found, Refused):
            return found
        if isinstance(found, Returned):
            return _take_up(found, server_id, page_tools, line, after)
        if now() > until:
            return BUSY
        heard = await nudges.want(found.server_id, conversation_id, server_id)
        deaf = heard is False and found.server_id != server_id
        deaf_since = (deaf_since or now()) if deaf else 0.0
        # A process that is killed loses its line to Redis at once, and its heartbeat much later.
        lost = found.server_id if deaf and now() - deaf_since > DEAF_SECONDS else ""
        await here.freed(conversation_id, LOOK_SECONDS)


def _take_up(
    found: Returned, server_id: str, page_tools: PageTools, line: Line, after: int
) -> LiveSession:
    talk = found.conversation
    opening = opening_of(talk.pk, found.casting, may_return=True, past=_past(found))
    last = found.turns[-1].number if found.turns else 0
    session = _hold(talk, opening, DatabaseRecord(talk.pk, server_id, last), page_tools)
    session.start(line, after)
    return session


def _hold(
    talk: Conversation, opening: Opening, record: DatabaseRecord, page_tools: PageTools
) -> LiveSession:
    """A visitor whom nobody has named counts as another one in each conversation: many people may
    come from one address.
    """
    a_minute = messages_a_minute(talk.agent.limits, talk.agent.workspace)
    pace = Pace(talk.agent_id, talk.visitor_id or talk.pk, a_minute)
    session = LiveSession(opening, record, page_tools, pace=pace)
    here.hold(session)
    return session


def _past(found: Returned) -> Past:
    rows: Sequence[StoredTurn] = found.turns
    spoken = [(row.event_id, row.message) for row in rows if row.role == Role.AGENT]
    return Past(
        turns=tuple(as_turn(row) for row in rows),
        said=tuple((at, text) for at, text in spoken if at is not None and text is not None),
        last_event=max((row.event_id or 0 for row in rows), default=0),
        messages=sum(row.role == Role.VISITOR and row.context is None for row in rows),
        seconds=found.seconds,
    )
