"""Files that visitors send along with a conversation that is going on."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from dashboard.agents.documents import conversation_config
from dashboard.engine.turns import Attachment
from dashboard.providers.picture_kinds import picture_kind

from .models import Conversation, Status, UploadedFile
from .turns import storable

LARGEST = 20 * 1024 * 1024
MOST = 50  # of one conversation, whatever its agent allows
MOST_ENTRIES = 5_000  # of an archive; a document of a thousand pictures has fewer
_ENTRY = b"PK\x01\x02"  # starts each line of an archive's list of names
_OFFICE = "application/vnd.openxmlformats-officedocument."
_PACKED = {  # by a file inside the archive
    "word/document.xml": _OFFICE + "wordprocessingml.document",
    "xl/workbook.xml": _OFFICE + "spreadsheetml.sheet",
    "ppt/presentation.xml": _OFFICE + "presentationml.presentation",
}
_TEXTS = {
    "txt": "text/plain",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
}


@dataclass(frozen=True)
class NotKept:
    """Why a file is not taken, in words for the visitor."""

    reason: str
    message: str


NO_CONVERSATION = NotKept("conversation_not_found", "There is no such conversation.")
OVER = NotKept("conversation_over", "This conversation is over.")
NOT_ALLOWED = NotKept("file_input_disabled", "This agent takes no files.")
TOO_MANY = NotKept("too_many_files", "This conversation has as many files as it may have.")
TOO_LARGE = NotKept("file_too_large", f"Files may have up to {LARGEST // 1024 // 1024} MB.")
EMPTY = NotKept("file_empty", "This file is empty.")
UNSUPPORTED = NotKept(
    "file_type_unsupported",
    "This kind of file is not supported: send PNG, JPEG, GIF, WebP, PDF, DOCX, XLSX, PPTX, "
    "or text.",
)


def keep(pk: str, name: str, content: bytes) -> UploadedFile | NotKept:
    """Take a file into a conversation. The row's lock keeps two at once from being one too many."""
    if len(content) > LARGEST:
        return TOO_LARGE
    # Before anything is unpacked for somebody who may send nothing; the lock decides below.
    trouble = _trouble(Conversation.objects.select_related("version").filter(pk=pk).first())
    if trouble:
        return trouble
    kind = kind_of(name, content)
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(of=("self",)).select_related("version")
        talk = rows.filter(pk=pk).first()
        trouble = _trouble(talk)
        if talk is None or trouble:
            return trouble or NO_CONVERSATION
        if kind is None:
            return UNSUPPORTED if content else EMPTY
        return UploadedFile.objects.create(
            conversation=talk,
            name=_name(name),
            content_type=kind,
            size=len(content),
            content=content,
        )


def drop(pk: str, file_id: str) -> NotKept | None:
    """Take a file back; None when it is gone. Only the visitor who still talks may."""
    talk = Conversation.objects.filter(pk=pk).only("status").first()
    if talk is None:
        return NO_CONVERSATION
    if talk.status != Status.IN_PROGRESS:
        return OVER
    if not talk.files.filter(pk=file_id).delete()[0]:
        return NotKept("file_not_found", "There is no such file.")
    return None


def attachments(pk: str, file_ids: Sequence[str]) -> list[Attachment]:
    """Those of the files that were uploaded to this conversation, in the order asked for."""
    there = UploadedFile.objects.filter(conversation_id=pk, pk__in=[storable(i) for i in file_ids])
    found = {row.pk: row for row in there.defer("content")}
    return [
        Attachment(row.pk, row.name, row.content_type)
        for row in (found.get(file_id) for file_id in file_ids)
        if row is not None
    ]


def kind_of(name: str, content: bytes) -> str | None:
    """By what is in it, whatever it calls itself; None for what is not taken."""
    if kind := picture_kind(content):
        return kind
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    text = _TEXTS.get(name.lower().rpartition(".")[2])
    return text if text and content and _is_text(content) else None


def _trouble(talk: Conversation | None) -> NotKept | None:
    if talk is None:
        return NO_CONVERSATION
    if talk.status != Status.IN_PROGRESS:
        return OVER
    allowed = conversation_config(talk.version).conversation.file_input
    if not allowed.enabled:
        return NOT_ALLOWED
    most = min(allowed.max_files_per_conversation, MOST)
    return TOO_MANY if talk.files.count() >= most else None


def _packed(content: bytes) -> str | None:
    """Only the list of names is read: what an archive holds may be far larger than it is."""
    if content.count(_ENTRY) > MOST_ENTRIES:  # each would become an object first
        return None
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    return next((kind for name, kind in _PACKED.items() if name in names), None)


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _name(name: str) -> str:
    """Without folders and control characters."""
    last = re.split(r"[/\\]", storable(name))[-1]
    return "".join(c for c in last if c.isprintable()).strip()[:255] or "file"
