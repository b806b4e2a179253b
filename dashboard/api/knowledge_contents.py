"""What is written in documents: as HTML, in passages, by words, as it was sent (rest.md §12)."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router
from pydantic import Field

from dashboard.knowledge import signing
from dashboard.knowledge.documents import passage_document, shown
from dashboard.knowledge.finding import holding, snippet
from dashboard.knowledge.models import KnowledgeDocument, SourceFile

from .auth import Request
from .errors import Malformed, Refusal, nothing
from .knowledge import Types, listed, sought
from .pages import Order, PageQuery, page
from .shapes.knowledge import (
    DocumentPassage,
    DocumentPassages,
    FoundDocuments,
    SourceFileAddress,
)
from .telling import tells

router = Router(tags=["Knowledge base"])
JSON = dict[str, Any]
Model = Annotated[str, Field(max_length=200)]
_HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_LONGEST_NUMBER = 18  # digits; within 64 bits


class SearchQuery(PageQuery, Types):
    query: Annotated[str, Field(min_length=1, max_length=500)]


class PassagesQuery(PageQuery):
    embedding_model: Model


@router.get("/search", **tells(FoundDocuments))
def search(request: Request, query: Annotated[SearchQuery, Query()]) -> JSON:
    """Documents with all of the words in one passage, or with the query in their name."""
    documents = request.auth.workspace.documents.listed()
    if query.types:
        documents = documents.filter(kind__in=query.types)
    some = page(holding(documents, query.query), Order("created_at"), query)
    lines = listed(request, some.rows)
    results = [
        {"document": line, **_hits(document, query.query)}
        for document, line in zip(some.rows, lines, strict=True)
    ]
    results.sort(key=lambda one: -one["score"])
    return {"results": results, "next_cursor": some.next_cursor}


@router.get("/{documentation_id}/content", **tells(str, media="text/html"))
def content(request: Request, documentation_id: str) -> HttpResponse:
    """Its text as a page of HTML."""
    html = shown(sought(request, documentation_id))
    return HttpResponse(html, content_type="text/html; charset=utf-8", headers=_HARMLESS)


@router.get("/{documentation_id}/chunks", **tells(DocumentPassages))
def passages(
    request: Request, documentation_id: str, query: Annotated[PassagesQuery, Query()]
) -> JSON:
    """Passages are the same for every embedding model."""
    document = sought(request, documentation_id)
    rows = document.passages.order_by("number")
    if query.cursor:
        rows = rows.filter(number__gt=_number(query.cursor))
    some = list(rows.defer("vector")[: query.page_size + 1])
    shown_ones = some[: query.page_size]
    more = len(some) > query.page_size
    return {
        "chunks": [passage_document(one, document.name) for one in shown_ones],
        "next_cursor": str(shown_ones[-1].number) if more else None,
    }


@router.get("/{documentation_id}/chunk/{chunk_id}", **tells(DocumentPassage))
def passage(
    request: Request, documentation_id: str, chunk_id: str, embedding_model: Model = ""
) -> JSON:
    """One of the pieces that are searched."""
    document = sought(request, documentation_id)
    is_number = chunk_id.isascii() and chunk_id.isdigit() and len(chunk_id) <= _LONGEST_NUMBER
    one = document.passages.filter(pk=int(chunk_id)).first() if is_number else None
    if one is None:
        raise nothing("chunk")
    return passage_document(one, document.name)


@router.get("/{documentation_id}/source-file-url", **tells(SourceFileAddress))
def source_file_url(request: Request, documentation_id: str) -> JSON:
    """An address that serves the file for a quarter of an hour to whoever has it."""
    document = sought(request, documentation_id)
    if not SourceFile.objects.filter(pk=document.pk).exists():
        raise Refusal(400, "no_source_file", "This document was not made of a file.")
    host = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    path = f"/v1/convai/knowledge-base/{document.pk}/source-file"
    return {"signed_url": f"{host}{path}?signature={signing.sign(document.pk)}"}


@router.get(
    "/{documentation_id}/source-file",
    auth=None,
    **tells(str, media="application/octet-stream"),
)
def source_file(request: HttpRequest, documentation_id: str, signature: str = "") -> HttpResponse:
    """The file as it was sent: to be saved, never to be shown on our pages."""
    file = signing.fetchable(documentation_id, signature)
    if file is None:
        raise nothing("file")
    name = content_disposition_header(as_attachment=True, filename=file.document.filename)
    headers = {**_HARMLESS, "Content-Disposition": name or "attachment"}
    headers["Cache-Control"] = "private, no-store"
    return HttpResponse(
        bytes(file.content), content_type="application/octet-stream", headers=headers
    )


def _hits(document: KnowledgeDocument, query: str) -> JSON:
    segments, score = snippet(document, query)
    return {"search_snippet": segments, "score": score}


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):
        raise Malformed(["query", "cursor"], "This cursor is not of this list", "value_error")
    return int(cursor)
