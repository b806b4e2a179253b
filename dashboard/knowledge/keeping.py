"""Documents come, change and go: each change is one transaction, and stands in the audit log.

What is written in a document is never in the log, only how much it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboard.providers.embeddings import built_in
from dashboard.workspaces import audit
from dashboard.workspaces.audit import By
from dashboard.workspaces.deeds import in_one_deed
from dashboard.workspaces.models import Workspace

from .models import DEEPEST, Kind, KnowledgeDocument, SourceFile
from .reading import begin
from .sources import Source, Unusable, from_text, plain_name
from .vectors import ChooseEmbedder


@dataclass(frozen=True)
class Shelf:
    """Where a new document goes: a name of its own, and a folder, if any."""

    name: str = ""
    folder: KnowledgeDocument | None = None


class ChangedMeanwhile(Exception):
    """`today`: the document as it is now; nothing was changed."""

    def __init__(self, today: KnowledgeDocument) -> None:
        super().__init__("the document was changed meanwhile")
        self.today = today


def stamp(document: KnowledgeDocument) -> str:
    """Of what people write in a document; reading it anew leaves that as it is."""
    written = document.content if document.kind == Kind.TEXT else ""
    return hashlib.sha256(f"{document.name}\0{written}".encode()).hexdigest()[:32]


def add(
    workspace: Workspace,
    by: By,
    source: Source,
    shelf: Shelf = Shelf(),
    embedder: ChooseEmbedder = built_in,
) -> KnowledgeDocument:
    """Keep a document; it is found as soon as it is read."""
    document = KnowledgeDocument(
        workspace=workspace, kind=source.kind, name=plain_name(shelf.name) or source.title
    )
    with transaction.atomic():
        _place(document, shelf.folder, by)
        _fill(document, source)
        document.save(force_insert=True)
        _keep_original(document, source)
        audit.record(workspace, by, "document.created", document, after=_told(document))
    begin(document, embedder)
    return document


@transaction.atomic
def add_folder(workspace: Workspace, by: By, shelf: Shelf) -> KnowledgeDocument:
    name = plain_name(shelf.name)
    if not name:
        raise Unusable("name", "Write a name.")
    folder = KnowledgeDocument(workspace=workspace, kind=Kind.FOLDER, name=name)
    _place(folder, shelf.folder, by)
    if shelf.folder is not None and len(shelf.folder.path) + 1 >= DEEPEST:
        raise Unusable("parent_folder_id", f"Folders can be {DEEPEST} deep.")
    folder.save(force_insert=True)
    audit.record(workspace, by, "document.created", folder, after=_told(folder))
    return folder


def change(
    document: KnowledgeDocument,
    by: By,
    *,
    name: str | None = None,
    content: str | None = None,
    seen: str | None = None,
    embedder: ChooseEmbedder = built_in,
) -> KnowledgeDocument:
    """Rename it, or write something else into a text.

    Raises Unusable; with the stamp of what was `seen`, ChangedMeanwhile when it is not that now.
    """
    if name is not None and not plain_name(name):
        raise Unusable("name", "Write a name.")
    if content is not None and document.kind != Kind.TEXT:
        raise Unusable("content", "Only texts can be rewritten. Replace the file, or refresh.")
    source = None if content is None else from_text(content)

    def alter(today: KnowledgeDocument) -> None:
        if seen is not None and seen != stamp(today):
            raise ChangedMeanwhile(today)
        if name is not None and today.name != (new := plain_name(name)):
            today.name = new
            _due(today)  # passages are embedded with the name of their document
        if source is not None and today.content != source.content:
            _fill(today, source)

    return _changed(document, by, alter, embedder)


def replace(
    document: KnowledgeDocument, by: By, source: Source, embedder: ChooseEmbedder = built_in
) -> KnowledgeDocument:
    """Another file, or the page as it is today, in the place of what there was."""

    def alter(today: KnowledgeDocument) -> None:
        _fill(today, source)
        _keep_original(today, source)

    return _changed(document, by, alter, embedder)


@in_one_deed
def remove(document: KnowledgeDocument, by: By) -> None:
    """Take a document away, or a folder with everything in it."""
    rows = KnowledgeDocument.objects.select_for_update()
    if (today := rows.filter(pk=document.pk).first()) is None:
        return
    before = _told(today)
    if today.is_folder:
        before["documents"] = _hold_inside(today)
    audit.record(today.workspace, by, "document.deleted", today, before=before)
    today.delete()


def _hold_inside(folder: KnowledgeDocument) -> int:
    """Hold all that lies in it, from outside inwards, so that nothing is added or read meanwhile;
    how many documents these are."""
    rows, level, documents = KnowledgeDocument.objects.select_for_update(), [folder.pk], 0
    while level:
        inside = rows.filter(parent__in=level).order_by("pk").values_list("pk", "kind")
        kinds = dict(inside)
        level = [pk for pk, kind in kinds.items() if kind == Kind.FOLDER]
        documents += len(kinds) - len(level)
    return documents


def _changed(
    document: KnowledgeDocument, by: By, alter: Any, embedder: ChooseEmbedder
) -> KnowledgeDocument:
    with transaction.atomic():
        # Whoever comes second changes what the first has left; what is gone stays gone.
        today = KnowledgeDocument.objects.select_for_update().get(pk=document.pk)
        before = _told(today)
        alter(today)
        today.save()
        audit.record(
            today.workspace, by, "document.changed", today, before=before, after=_told(today)
        )
    begin(today, embedder)
    return today


def _place(document: KnowledgeDocument, folder: KnowledgeDocument | None, by: By) -> None:
    document.made_by = audit.actor(by).user
    if folder is not None:
        # Held, so that it is not taken away meanwhile.
        rows = KnowledgeDocument.objects.select_for_update()
        document.parent = rows.filter(pk=folder.pk, kind=Kind.FOLDER).first()
        if document.parent is None:
            raise Unusable("parent_folder_id", "There is no such folder any more.")


def _fill(document: KnowledgeDocument, source: Source) -> None:
    document.content, document.size_bytes = source.content, source.size_bytes
    document.url, document.filename = source.url, source.filename
    document.content_type = source.content_type
    _due(document)


def _due(document: KnowledgeDocument) -> None:
    if not document.is_folder:
        document.due_at, document.attempts, document.trouble = timezone.now(), 0, ""


def _keep_original(document: KnowledgeDocument, source: Source) -> None:
    if source.original is not None:
        SourceFile.objects.update_or_create(
            document=document, defaults={"content": source.original}
        )


def _told(document: KnowledgeDocument) -> dict[str, Any]:
    """What the audit log says of it."""
    told = {
        "name": document.name,
        "type": document.kind,
        "folder": document.parent_id,
        "characters": len(document.content),
        "fingerprint": hashlib.sha256(document.content.encode()).hexdigest()[:16],
        "size_bytes": document.size_bytes,
        "url": document.url.partition("?")[0],  # what comes after may let somebody in
        "filename": document.filename,
    }
    return {key: value for key, value in told.items() if value not in ("", None)}
