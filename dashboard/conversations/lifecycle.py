"""Every change of a conversation's status: start, finish, and the sweep that mends losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.agents.briefing import Occasion, OverrideRefused, Wishes
from dashboard.agents.speaker import Casting, speaker_for
from dashboard.agents.toolbox import ClientTools
from dashboard.engine.variables import MissingVariable
from dashboard.workspaces import audit, ids
from dashboard.workspaces.audit import By

from . import admission, facts
from .admission import Entry, Knock, Place, Refused
from .analysis import let_go, remember
from .models import Analysis, Conversation, LiveServer, Outcome, Status
from .nudges import wake_analysis
from .settling import settle
from .turns import storable

# This process lives, however late its heartbeat is written (a locked database, a long pause).
served_here: set[str] = set()
GOING_ON = (Status.INITIATED, Status.IN_PROGRESS)
SERVER_LOST = "The server stopped while the conversation was going on."


@dataclass(frozen=True)
class Hello:
    """What a client said first. `initiation` is kept as sent, without `secret__` values."""

    wishes: Wishes = field(default_factory=Wishes)
    initiation: Mapping[str, Any] = field(default_factory=dict)
    visitor_id: str = ""
    source: str = ""
    source_version: str = ""


@dataclass(frozen=True)
class Started:
    conversation: Conversation
    casting: Casting


VOICE_ONLY = Refused(
    "voice", "This agent is set up for voice, and this server talks in text: turn on text only."
)


def start(
    knock: Knock, hello: Hello, server_id: str, client_tools: ClientTools | None = None
) -> Started | Refused:
    """Admit a visitor and open the record, or say why not. A refusal takes no place."""
    entry = admission.enter(knock)
    if isinstance(entry, Refused):
        return entry
    occasion = Occasion(entry.conversation_id or ids.conversation_id(), timezone.now())
    try:
        casting = speaker_for(
            entry.version, hello.wishes, occasion=occasion, client_tools=client_tools
        )
    except OverrideRefused as refusal:
        return Refused("override_error", str(refusal))
    except MissingVariable as missing:
        return Refused("missing_dynamic_variable", str(missing))
    if not casting.text_only:
        return VOICE_ONLY
    try:
        with transaction.atomic():
            place = admission.find_room(entry.agent)
            if isinstance(place, Refused):
                return place
            return Started(_open(entry, place, hello, occasion, casting, server_id), casting)
    except IntegrityError:
        if not entry.conversation_id:
            raise
        # Somebody with the same single-use link was a moment faster.
        return admission.USED_SIGNATURE


def _open(
    entry: Entry, place: Place, hello: Hello, occasion: Occasion, casting: Casting, server_id: str
) -> Conversation:
    return Conversation.objects.create(
        id=occasion.conversation_id,
        workspace=entry.agent.workspace,
        agent=entry.agent,
        version=entry.version,
        server_id=server_id,
        started_at=occasion.now,
        authorized_by=entry.authorized_by,
        is_burst=place.is_burst,
        warnings=list(casting.warnings),
        language=storable(casting.speaker.brief.language[:20]),
        initiation=storable(hello.initiation),
        visitor_id=storable(hello.visitor_id[:300]),
        source=storable(hello.source[:60]),
        source_version=storable(hello.source_version[:60]),
    )


def finish(pk: str, reason: str, trouble: Mapping[str, Any] | None = None) -> bool:
    """End a conversation once, however many doors try to; True for the one that did."""
    with transaction.atomic():
        this = Conversation.objects.filter(pk=pk)
        won = this.move(
            Status.IN_PROGRESS,
            Status.PROCESSING,
            ended_because=reason[:200],
            ended_at=timezone.now(),
            trouble=dict(trouble) if trouble else None,
        )
        if won:
            settle(pk)
            transaction.on_commit(lambda: wake_analysis(pk))
    return won


def warn(pk: str, warning: str) -> None:
    """Put a remark for the owner on the record, once."""
    with transaction.atomic():
        this = Conversation.objects.select_for_update().get(pk=pk)
        if warning not in this.warnings:
            this.warnings = [*this.warnings, warning]
            this.save(update_fields=["warnings"])


def judge_again(conversation: Conversation, by: By = None) -> bool:
    """Forget the analysis of a finished conversation and make a new one."""
    with transaction.atomic():
        this = Conversation.objects.filter(pk=conversation.pk)
        again = {
            "analysis_tries": 0,
            "analyse_after": None,
            "trouble": None,
            "outcome": Outcome.UNKNOWN,
        }
        won = this.move(Status.DONE, Status.PROCESSING, **again) or this.move(
            Status.FAILED, Status.PROCESSING, **again
        )
        if won:
            Analysis.objects.filter(conversation=conversation).delete()
            facts.forget_judged(conversation)
            audit.record(conversation.workspace, by, "conversation.judged_again", conversation)
            transaction.on_commit(lambda: wake_analysis(conversation.pk))
    return won


def delete(conversation: Conversation, by: By) -> bool:
    """For good, with all that was kept of it; False while it is going on: somebody writes to it."""
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation.pk).exclude(status__in=GOING_ON)
        if not rows.delete()[0]:
            return False
        audit.record(conversation.workspace, by, "conversation.deleted", conversation)
    return True


def sweep() -> int:
    """End what stopped servers left behind, and wake what the queue forgot; how many of both."""
    mended = 0
    for pk in _orphans():
        mended += finish(pk, SERVER_LOST, {"code": 1011, "reason": SERVER_LOST})
    for pk in remember():
        wake_analysis(pk)
        mended += 1
    LiveServer.objects.filter(
        beat_at__lt=LiveServer.stale_before(), conversations__isnull=True
    ).delete()
    return mended


def forget_servers() -> None:
    """At an embedded start: whoever was alive before is not, as only one process may be."""
    if settings.EMBEDDED:
        LiveServer.objects.update(beat_at=LiveServer.stale_before())
        let_go()


def _orphans() -> list[str]:
    living = LiveServer.objects.filter(beat_at__gte=LiveServer.stale_before())
    talking = Conversation.objects.filter(status=Status.IN_PROGRESS)
    left = talking.exclude(server__in=living).exclude(server__in=list(served_here))
    return list(left.values_list("pk", flat=True)[:500])
