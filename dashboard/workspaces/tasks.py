"""What is taken away when its time is over."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from . import audit, retries


@shared_task
def tidy_workspaces() -> None:
    retries.forget_old()
    if settings.AUDIT_DAYS:
        audit.forget_before(timezone.now() - timedelta(days=settings.AUDIT_DAYS))
