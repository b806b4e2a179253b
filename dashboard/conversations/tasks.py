"""What runs in the background. A message is a nudge: each task looks at the row, and the sweep
finds what no message brought."""

from __future__ import annotations

from celery import shared_task

from . import analysis, lifecycle, reporting


@shared_task
def analyse_conversation(conversation_id: str) -> None:
    if analysis.analyse(conversation_id):
        for delivery_id in reporting.reports_on(conversation_id):
            deliver_report.delay(delivery_id)


@shared_task
def deliver_report(delivery_id: int) -> None:
    reporting.report(delivery_id)


@shared_task
def sweep_conversations() -> None:
    lifecycle.sweep()
    for delivery_id in reporting.forgotten_reports():
        deliver_report.delay(delivery_id)
