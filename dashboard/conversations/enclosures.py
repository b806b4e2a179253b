"""The files of one conversation, opened for its model: pictures as they are, documents as text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections, connection

from dashboard.engine.ports import Enclosure
from dashboard.engine.turns import Attachment
from dashboard.providers.extract import Unreadable, extract

from .models import UploadedFile

T = TypeVar("T")
log = logging.getLogger(__name__)

LARGEST_PICTURE = 3_750_000  # bytes: 5 MB as base64, which is what the strictest vendor takes
MOST_PICTURES = 12_000_000  # bytes of all pictures in one request
MOST_TEXT = 200_000  # characters of one document; a model reads less of it anyway
PATIENCE = 20.0  # seconds that a visitor waits for documents to be read

TOO_LARGE = "(This image is too large to be looked at; images up to 3.5 MB are shown.)"
TOO_MANY = "(This image is not shown again, because there are many.)"
BEING_READ = "(This document is still being read. Its text will be there with the next message.)"
BROKEN = "(This document could not be read.)"
MORE = "\n\n(The rest of this document is left out.)"


class Enclosures:
    """The engine's port `Files`. Documents are read once; of pictures nothing is kept in memory.

    `most`: how many of the newest files are opened (`file_input.max_files_in_memory`); of the
    others the model hears the names.
    """

    def __init__(self, conversation_id: str, most: int) -> None:
        self._conversation_id = conversation_id
        self._most = most
        self._texts: dict[str, str] = {}
        self._reading: dict[str, asyncio.Task[str]] = {}

    async def open(self, attachments: Sequence[Attachment]) -> Sequence[Enclosure]:
        newest = {a.file_id: a for a in reversed(attachments)}
        wanted = list(newest.values())[: self._most]
        try:
            await self._read([a for a in wanted if not _is_picture(a)])
            seen = await self._pictures([a for a in wanted if _is_picture(a)])
        except DatabaseError as error:
            facts = {"conversation": self._conversation_id, "error": type(error).__name__}
            log.warning("files could not be opened", extra=facts)
            return []
        found = [
            seen.get(a.file_id) or Enclosure(a, self._told(a.file_id)) for a in reversed(wanted)
        ]
        return [enclosure for enclosure in found if enclosure.text or enclosure.image]

    async def _pictures(self, wanted: Sequence[Attachment]) -> dict[str, Enclosure]:
        """Newest first, as far as there is room."""
        sizes = await _in_database(self._sizes, [a.file_id for a in wanted]) if wanted else {}
        room, found, shown = MOST_PICTURES, dict[str, Enclosure](), list[Attachment]()
        for picture in wanted:
            size = sizes.get(picture.file_id)
            if size is None:
                continue
            if size > LARGEST_PICTURE:
                found[picture.file_id] = Enclosure(picture, TOO_LARGE)
            elif size > room:
                found[picture.file_id] = Enclosure(picture, TOO_MANY)
            else:
                room -= size
                shown.append(picture)
        contents = await _in_database(self._contents, [a.file_id for a in shown]) if shown else {}
        pictures = {
            a.file_id: Enclosure(a, image=contents[a.file_id])
            for a in shown
            if a.file_id in contents
        }
        return found | pictures

    async def _read(self, documents: Sequence[Attachment]) -> None:
        """Within a while; who is not done by then goes on, for the next answer."""
        for document in documents:
            if document.file_id not in self._texts and document.file_id not in self._reading:
                self._reading[document.file_id] = asyncio.create_task(self._text(document))
        if not self._reading:
            return
        await asyncio.wait(self._reading.values(), timeout=PATIENCE)
        for file_id, task in list(self._reading.items()):
            if task.done():
                del self._reading[file_id]
                self._texts[file_id] = task.result()

    def _told(self, file_id: str) -> str:
        return self._texts.get(file_id, BEING_READ if file_id in self._reading else "")

    async def _text(self, document: Attachment) -> str:
        """In a thread of its own: the one for the database must not wait for a long document."""
        contents = await _in_database(self._contents, [document.file_id])
        if document.file_id not in contents:  # the visitor has taken it back
            return ""
        return await asyncio.to_thread(self._extracted, document, contents[document.file_id])

    def _extracted(self, document: Attachment, content: bytes) -> str:
        try:
            found = extract(content, filename=document.name, content_type=document.content_type)
        except Unreadable as trouble:
            return f"(This document could not be read: {trouble})"
        except Exception as error:  # whatever is in there, the conversation goes on
            facts = {"conversation": self._conversation_id, "error": type(error).__name__}
            log.warning("a visitor's file broke its reader", extra=facts)
            return BROKEN
        cut = found.text[:MOST_TEXT].strip()
        return cut + MORE if len(found.text) > MOST_TEXT else cut or "(This document is empty.)"

    def _sizes(self, file_ids: Sequence[str]) -> dict[str, int]:
        rows = UploadedFile.objects.filter(conversation_id=self._conversation_id, pk__in=file_ids)
        return dict(rows.values_list("pk", "size"))

    def _contents(self, file_ids: Sequence[str]) -> dict[str, bytes]:
        """Only of this conversation, whatever ids somebody has sent."""
        rows = UploadedFile.objects.filter(conversation_id=self._conversation_id, pk__in=file_ids)
        return {pk: bytes(content) for pk, content in rows.values_list("pk", "content")}


async def _in_database(deed: Callable[[Sequence[str]], T], file_ids: Sequence[str]) -> T:
    return await sync_to_async(_connected)(deed, file_ids)


def _connected(deed: Callable[[Sequence[str]], T], file_ids: Sequence[str]) -> T:
    """The event loop's thread outlives requests: nobody else gives its connection back, or leaves
    a dead one. Inside a transaction it is the caller's."""
    borrowed = not connection.in_atomic_block
    if borrowed:
        close_old_connections()
    try:
        return deed(file_ids)
    finally:
        if borrowed:
            close_old_connections()


def _is_picture(file: Attachment) -> bool:
    return file.content_type.startswith("image/")
