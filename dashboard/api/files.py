"""Files that visitors send along; public, from any page (contract rest.md §13)."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Router
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from dashboard.conversations import files
from dashboard.conversations.files import LARGEST, TOO_LARGE, NotKept
from dashboard.workspaces import ids

from .errors import Refusal, nothing
from .shapes.conversations import FileKept
from .telling import tells
from .widgets import never_stale

router = Router(tags=["Conversations"])


@router.post("/{conversation_id}/files", auth=None, **tells(FileKept, refuses=(400, 404, 413)))
@decorate_view(never_stale)
def upload(
    request: HttpRequest, conversation_id: str, file: Annotated[UploadedFile, File()]
) -> dict[str, Any]:
    """Send a file along, while the conversation is going on and its agent takes files."""
    if not ids.is_id(conversation_id):
        raise nothing("conversation")
    if (file.size or 0) > LARGEST:
        raise _refusal(TOO_LARGE)
    kept = files.keep(conversation_id, file.name or "", file.read())
    if isinstance(kept, NotKept):
        raise _refusal(kept)
    return {"file_id": kept.pk}


@router.delete(
    "/{conversation_id}/files/{file_id}", auth=None, **tells(FileKept, refuses=(400, 404))
)
@decorate_view(never_stale)
def take_back(request: HttpRequest, conversation_id: str, file_id: str) -> dict[str, Any]:
    """Take a file back, while the conversation is going on."""
    if not ids.is_id(conversation_id) or not ids.is_id(file_id):
        raise nothing("file")
    trouble = files.drop(conversation_id, file_id)
    if trouble:
        raise _refusal(trouble)
    return {"file_id": file_id}


def _refusal(trouble: NotKept) -> Refusal:
    statuses = {"file_too_large": 413, "conversation_not_found": 404, "file_not_found": 404}
    return Refusal(statuses.get(trouble.reason, 400), trouble.reason, trouble.message)
