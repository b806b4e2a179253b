"""Add what agents should know: texts, pages, files, folders (contract rest.md §12)."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, ConfigDict, Field

from dashboard.knowledge import keeping
from dashboard.knowledge.documents import created_document
from dashboard.knowledge.keeping import Shelf
from dashboard.knowledge.models import Kind, KnowledgeDocument
from dashboard.knowledge.sources import (
    LONGEST_URL,
    Busy,
    Source,
    Unusable,
    check_size,
    from_file,
    from_text,
    from_url,
)

from .auth import Request, caller
from .errors import Malformed, Refusal, nothing
from .knowledge import sought, unusable, whole
from .reading import found
from .shapes.knowledge import DocumentMade, DocumentWhole
from .telling import tells

router = Router(tags=["Knowledge base"])
JSON = dict[str, Any]
Name = Annotated[str, Field(max_length=1000)]
_A_FILE = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}},
    "required": ["file"],
}


class Placed(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: Name | None = None
    parent_folder_id: str | None = None


class NewText(Placed):
    text: str


class NewPage(Placed):
    url: Annotated[str, Field(max_length=LONGEST_URL)]


class NewFolder(Placed):
    name: Name


@router.post("/text", **tells(DocumentMade))
def add_text(request: Request, wish: NewText) -> JSON:
    """Add a text."""
    try:
        source = from_text(wish.text)
    except Unusable as trouble:
        raise unusable(trouble) from None
    return _added(request, source, wish.name, wish.parent_folder_id)


@router.post("/url", **tells(DocumentMade))
def add_url(request: Request, wish: NewPage) -> JSON:
    """The page is fetched and read before the answer; it is read again when asked to refresh."""
    _shelf(request, wish.name, wish.parent_folder_id)  # before anybody is asked for a page
    try:
        source = from_url(wish.url, workspace_id=request.auth.workspace.pk)
    except Unusable as trouble:
        raise unusable(trouble) from None
    return _added(request, source, wish.name, wish.parent_folder_id)


@router.post("/file", **tells(DocumentMade))
def add_file(
    request: Request,
    file: Annotated[UploadedFile, File()],
    name: Annotated[Name | None, Form()] = None,
    parent_folder_id: Annotated[str | None, Form()] = None,
) -> JSON:
    """Text, Markdown, HTML, PDF, Word (.docx), EPUB, CSV and JSON, up to MAX_UPLOAD_MB."""
    _shelf(request, name, parent_folder_id)
    return _added(request, _read(request, file), name, parent_folder_id)


@router.post("/folder", **tells(DocumentMade))
def add_folder(request: Request, wish: NewFolder) -> JSON:
    """Add a folder; what lies in it is chosen when it is added."""
    shelf = _shelf(request, wish.name, wish.parent_folder_id)
    try:
        return created_document(keeping.add_folder(request.auth.workspace, caller(request), shelf))
    except Unusable as trouble:
        raise unusable(trouble) from None


@router.post("/{documentation_id}/refresh", **tells(DocumentWhole))
def refresh(request: Request, documentation_id: str) -> JSON:
    """Read its web page again."""
    document = sought(request, documentation_id)
    if document.kind != Kind.URL:
        raise Refusal(400, "not_a_url", "Only documents made of an address can be refreshed.")
    try:
        source = from_url(document.url, workspace_id=request.auth.workspace.pk)
    except Busy as trouble:
        raise unusable(trouble) from None
    except Unusable as trouble:
        raise Refusal(400, "not_refreshed", trouble.reason, param="url") from None
    return _replaced(request, document, source)


_told = tells(DocumentWhole)
_told["openapi_extra"]["requestBody"] = {
    "required": True,
    "content": {"multipart/form-data": {"schema": _A_FILE}},
}


@router.patch("/{documentation_id}/update-file", **_told)
def update_file(request: Request, documentation_id: str) -> JSON:
    """Put another file in the place of the one it was made of."""
    document = sought(request, documentation_id)
    if document.kind != Kind.FILE:
        raise Refusal(400, "not_a_file", "Only documents made of a file can get another one.")
    file = _sent_file(request)
    if file is None:
        raise Malformed(["body", "file"], "Field required", "missing")
    return _replaced(request, document, _read(request, file))


def _sent_file(request: HttpRequest) -> Any:
    """Django reads forms only of a POST."""
    if request.content_type != "multipart/form-data":
        raise Refusal(415, message="Send the file as multipart/form-data.")
    method, request.method = request.method, "POST"
    try:
        request._load_post_and_files()  # there is no public way
        return request.FILES.get("file")
    finally:
        request.method = method


def _read(request: Request, file: Any) -> Source:
    whose = request.auth.workspace.pk
    try:
        check_size(file.size)
        content, kind = file.read(), file.content_type or ""
        return from_file(content, file.name or "", kind, workspace_id=whose)
    except Unusable as trouble:
        raise unusable(trouble) from None


def _added(request: Request, source: Source, name: str | None, folder_id: str | None) -> JSON:
    shelf = _shelf(request, name, folder_id)
    try:
        document = keeping.add(request.auth.workspace, caller(request), source, shelf)
    except Unusable as trouble:  # the folder was taken away meanwhile
        raise unusable(trouble) from None
    return created_document(document)


def _replaced(request: Request, document: KnowledgeDocument, source: Source) -> JSON:
    try:
        return whole(request, keeping.replace(document, caller(request), source))
    except KnowledgeDocument.DoesNotExist:  # taken away meanwhile
        raise nothing("document") from None


def _shelf(request: Request, name: str | None, folder_id: str | None) -> Shelf:
    if not folder_id:
        return Shelf(name or "")
    folders = request.auth.workspace.documents.filter(kind=Kind.FOLDER)
    return Shelf(name or "", found(folders, folder_id, "folder"))
