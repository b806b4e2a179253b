"""Judge a finished conversation by the version it ran with, and write its Analysis.

The row is the job: whoever takes it holds it for a while (`analyse_after`), so two workers never
judge the same conversation at once, and what a killed one held comes free by itself.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dashboard.agents.documents import platform_settings
from dashboard.agents.speaker import judge_of
from dashboard.engine.ports import LLM, ModelTrouble

from . import facts, reporting
from .findings import Findings, Questions, find_out, questions
from .models import Analysis, Conversation, ConversationQuerySet, Status
from .turns import as_turn, storable

log = logging.getLogger(__name__)

# After the first, second … failed try; there are five in all.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 5 * 60, 30 * 60))
TRIES = len(DELAYS) + 1
TIME_LIMIT = 110  # seconds for one try
HELD_FOR = timedelta(seconds=TIME_LIMIT + 10)
FORGOTTEN_AFTER = timedelta(seconds=20)  # by then the queue should have brought it
TOO_SLOW = f"The judging model took longer than {TIME_LIMIT} seconds."
FAILED = 500  # `metadata.error.code` of a conversation that could not be judged


def analyse(conversation_id: str) -> bool:
    """Judge one conversation that waits for it; True when this call finished the analysis.

    A failed try is due again later; the last one marks the conversation as failed, and says why.
    """
    conversation = _take(conversation_id)
    if conversation is None:
        return False
    if conversation.analysis_tries > TRIES:
        _give_up(conversation, "Each try broke off; the log of the server says why.")
        return False
    llm, name = judge_of(conversation.version)
    try:
        findings = judge_conversation(conversation, llm)
    except ModelTrouble as trouble:
        wait = timedelta(seconds=min(trouble.retry_after or 0, 3600))
        _put_off(conversation, trouble.reason, wait)
        return False
    return _conclude(conversation, findings, name)


def judge_conversation(conversation: Conversation, llm: LLM) -> Findings:
    """What the model makes of it; changes nothing. Raises ModelTrouble."""
    turns = [as_turn(row) for row in conversation.turns.all()]
    asked = questions_about(conversation)

    async def within_the_limit() -> Findings:
        async with asyncio.timeout(TIME_LIMIT):
            return await find_out(asked, turns, llm)

    try:
        return async_to_sync(within_the_limit)()
    except TimeoutError:
        raise ModelTrouble(TOO_SLOW) from None


def questions_about(conversation: Conversation) -> Questions:
    """By the version it ran with, whatever its agent was told since."""
    variables = conversation.initiation.get("dynamic_variables") or {}
    return questions(platform_settings(conversation.version), variables)


def due_for_analysis() -> QuerySet[Conversation]:
    """Waiting conversations that nobody holds and that the queue seems to have forgotten."""
    long_ago = timezone.now() - FORGOTTEN_AFTER
    never_tried = Q(analyse_after=None, ended_at__lte=long_ago)
    due_again = Q(analyse_after__lte=long_ago)
    waiting = Conversation.objects.filter(status=Status.PROCESSING)
    return waiting.filter(never_tried | due_again).order_by("ended_at")


def remember(most: int = 25) -> list[str]:
    """Some of those that are due. Each is named again only after a while: a queue that is merely
    slow must not be filled with the same names over and over."""
    pks = list(due_for_analysis().values_list("pk", flat=True)[:most])
    due_for_analysis().filter(pk__in=pks).update(analyse_after=timezone.now())
    return pks


def let_go() -> int:
    """At an embedded start: the one process that may have held conversations is no more."""
    held = Conversation.objects.filter(status=Status.PROCESSING, analyse_after__isnull=False)
    return held.update(analyse_after=timezone.now() - FORGOTTEN_AFTER)


def _take(conversation_id: str) -> Conversation | None:
    """Hold a waiting conversation for one try; None when it is held, put off or done with."""
    now = timezone.now()
    this = Conversation.objects.filter(pk=conversation_id, status=Status.PROCESSING)
    free = this.filter(Q(analyse_after=None) | Q(analyse_after__lte=now))
    if not free.update(analyse_after=now + HELD_FOR, analysis_tries=F("analysis_tries") + 1):
        return None
    return this.select_related("version__agent__workspace").first()


def _conclude(conversation: Conversation, findings: Findings, judge: str) -> bool:
    """Write the analysis and what is to be told of it with the new status, or none of them."""
    names = {c.id: c.name for c in questions_about(conversation).criteria}
    summary = findings.summary
    verdicts = [
        {"id": v.criterion_id, "name": names[v.criterion_id], "outcome": v.outcome.value}
        | {"rationale": v.rationale}
        for v in findings.verdicts
    ]
    collected = [
        {"id": c.field_id, "value": c.value, "rationale": c.rationale} for c in findings.collected
    ]
    found = {
        "outcome": findings.outcome.value,
        "title": summary.title[:300],
        "summary": summary.text,
        "rationale": summary.rationale,
        "verdicts": verdicts,
        "collected": collected,
        "judged_by": judge[:120],
    }
    with transaction.atomic():
        this = Conversation.objects.filter(pk=conversation.pk)
        outcome = {"outcome": found["outcome"], "analyse_after": None}
        if not this.move(Status.PROCESSING, Status.DONE, **outcome):
            return False
        Analysis.objects.update_or_create(conversation=conversation, defaults=storable(found))
        facts.keep(conversation, facts.in_analysis(verdicts, collected))
        reporting.announce(conversation)
    return True


def _put_off(conversation: Conversation, reason: str, at_least: timedelta) -> None:
    tries = conversation.analysis_tries
    log.warning("analysis failed", extra={"conversation": conversation.pk, "tries": tries})
    if tries >= TRIES:
        _give_up(conversation, reason)
        return
    wait = max(DELAYS[tries - 1], at_least)
    _held(conversation).update(analyse_after=timezone.now() + wait)


def _give_up(conversation: Conversation, reason: str) -> None:
    """Keep the reason beside what may have ended the conversation badly before."""
    earlier = conversation.trouble or {}
    told = f"The analysis failed {TRIES} times. {reason}"
    trouble = {
        "code": earlier.get("code", FAILED),
        "reason": " ".join(part for part in (earlier.get("reason"), told) if part),
    }
    _held(conversation).move(
        Status.PROCESSING, Status.FAILED, analyse_after=None, trouble=storable(trouble)
    )


def _held(conversation: Conversation) -> ConversationQuerySet:
    """The row, as long as nobody else has taken it since."""
    return Conversation.objects.filter(
        pk=conversation.pk,
        status=Status.PROCESSING,
        analysis_tries=conversation.analysis_tries,
    )
