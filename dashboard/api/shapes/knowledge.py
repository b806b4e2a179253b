"""Knowledge documents (contract rest.md §2, §12)."""

from __future__ import annotations

from typing import Literal

from . import AccessInfo, Shape


class FolderPathSegment(Shape):
    id: str
    name: str | None = None


class DocumentMade(Shape):
    id: str
    name: str
    folder_path: list[FolderPathSegment]


class DocumentMetadata(Shape):
    created_at_unix_secs: int
    last_updated_at_unix_secs: int
    size_bytes: int


class DocumentReader(Shape):
    """An agent that reads a document; a key opens all the agents of its workspace."""

    type: Literal["available"]
    id: str
    name: str
    created_at_unix_secs: int
    access_level: str
    referenced_resource_ids: list[str] | None = None


class DocumentLine(Shape):
    id: str
    name: str
    metadata: DocumentMetadata
    supported_usages: list[Literal["prompt", "auto"]]
    access_info: AccessInfo
    folder_parent_id: str | None = None
    folder_path: list[FolderPathSegment]
    status: Literal["reading", "ready", "failed"]
    status_message: str | None = None


class Listed(DocumentLine):
    dependent_agents: list[DocumentReader]


class ListedText(Listed):
    type: Literal["text"]


class ListedFile(Listed):
    type: Literal["file"]


class ListedPage(Listed):
    type: Literal["url"]
    url: str


class ListedFolder(Listed):
    type: Literal["folder"]
    children_count: int
    document_count: int


AnyListed = ListedText | ListedFile | ListedPage | ListedFolder


class DocumentPage(Shape):
    documents: list[AnyListed]
    next_cursor: str | None = None
    has_more: bool


class Written(DocumentLine):
    extracted_inner_html: str
    content_format: Literal["html", "markdown"]


class WholeText(Written):
    type: Literal["text"]


class WholeFile(Written):
    type: Literal["file"]
    filename: str


class WholePage(Written):
    type: Literal["url"]
    url: str


class WholeFolder(DocumentLine):
    type: Literal["folder"]
    children_count: int
    document_count: int


DocumentWhole = WholeText | WholeFile | WholePage | WholeFolder


class DocumentReaders(Shape):
    agents: list[DocumentReader]
    branches: list[str]
    next_cursor: str | None = None
    has_more: bool


class DocumentPassage(Shape):
    id: str
    name: str
    content: str


class DocumentPassages(Shape):
    chunks: list[DocumentPassage]
    next_cursor: str | None = None


class FoundSegment(Shape):
    value: str
    is_hit: bool


class FoundDocument(Shape):
    document: AnyListed
    search_snippet: list[FoundSegment] | None = None
    score: float


class FoundDocuments(Shape):
    results: list[FoundDocument]
    next_cursor: str | None = None


class SourceFileAddress(Shape):
    signed_url: str


class KnowledgeSize(Shape):
    number_of_pages: float
