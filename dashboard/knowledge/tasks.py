"""Reading in the background: each task looks at the row, and the sweep finds what was forgotten."""

from __future__ import annotations

from celery import shared_task

from . import reading


@shared_task
def read_document(document_id: str) -> None:
    reading.read(document_id)


@shared_task
def sweep_documents() -> None:
    for document_id in reading.remember():
        read_document.delay(document_id)
