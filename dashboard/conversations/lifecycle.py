"""Every change of a conversation's status after its start, and the sweep that mends losses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.workspaces import audit
from dashboard.workspaces.audit import By

from . import admission, facts, refusals
from .analysis import let_go, remember
from .models import (
    SERVED_HERE,
    Analysis,
    Conversation,
    ConversationQuerySet,
    LiveServer,
    Outcome,
    Status,
)
from .nudges import wake_analysis
from .settling import settle

served_here = SERVED_HERE
GOING_ON = (Status.INITIATED, Status.IN_PROGRESS)
SERVER_LOST = "The server stopped while the conversation was going on."
NOT_BACK = "The server was restarted, and the visitor did not come back."


def finish(
    pk: str,
    reason: str,
    trouble: Mapping[str, Any] | None = None,
    *,
    server_id: str = "",
) -> bool:
    """End a conversation once, however many doors try to; True for the one that did.

    `server_id`: only while this server holds it.
    """
    rows = Conversation.objects.filter(server_id=server_id) if server_id else None
    return _finish(Conversation.objects.all() if rows is None else rows, pk, reason, trouble)


def _finish(
    rows: ConversationQuerySet, pk: str, reason: str, trouble: Mapping[str, Any] | None
) -> bool:
    with transaction.atomic():
        won = rows.filter(pk=pk).move(
            Status.IN_PROGRESS,
            Status.PROCESSING,
            ended_because=reason[:200],
            ended_at=timezone.now(),
            trouble=dict(trouble) if trouble else None,
            returns_until=None,
            wanted_at=None,
            sealed_variables="",
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


def speak(pk: str, language: str) -> None:
    """The agent goes on in another language."""
    Conversation.objects.filter(pk=pk).update(language=language[:20])


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
    lost = {"code": 1011, "reason": SERVER_LOST}
    # Asked again as each is ended: its visitor may come back to another server meanwhile.
    for rows, reason, trouble in ((_lost(), SERVER_LOST, lost), (_left(), NOT_BACK, None)):
        for pk in rows.values_list("pk", flat=True)[:500]:
            with transaction.atomic():
                # First the lock, then the question: an UPDATE that has waited asks only half of it.
                Conversation.objects.select_for_update(no_key=True).filter(pk=pk).first()
                mended += _finish(rows, pk, reason, trouble)
    mended += _abandoned(Conversation.objects.filter(status=Status.INITIATED)).delete()[0]
    for pk in remember():
        wake_analysis(pk)
        mended += 1
    LiveServer.objects.filter(
        beat_at__lt=LiveServer.stale_before(), conversations__isnull=True
    ).delete()
    admission.forget_spent_links()
    refusals.forget_old()
    return mended


def forget_servers() -> None:
    """At an embedded start: whoever was alive before is not, as only one process may be."""
    if settings.EMBEDDED:
        LiveServer.objects.update(beat_at=LiveServer.stale_before())
        let_go()


def _abandoned(rows: ConversationQuerySet) -> ConversationQuerySet:
    """Those whose server has stopped without a word."""
    living = LiveServer.objects.filter(beat_at__gte=LiveServer.stale_before())
    left = rows.filter(returns_until=None).exclude(server__in=living)
    return left.exclude(server__in=list(served_here))


def _lost() -> ConversationQuerySet:
    """Abandoned, and nobody who may return has time left to do so."""
    patience = timedelta(seconds=settings.RESUME_SECONDS)
    waits = Q(may_return=True, server__beat_at__gte=LiveServer.stale_before() - patience)
    return _abandoned(Conversation.objects.filter(status=Status.IN_PROGRESS)).exclude(waits)


def _left() -> ConversationQuerySet:
    """Handed over, and the visitor has not come back in time."""
    over = Q(server=None, returns_until__lt=timezone.now())
    return Conversation.objects.filter(over, status=Status.IN_PROGRESS)
