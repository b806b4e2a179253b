"""A knowledge document as clients read it (contract rest.md §12)."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import nh3
from markdown_it import MarkdownIt

from .models import Kind, KnowledgeDocument, Passage
from .passages import title

JSON = dict[str, Any]
# Beyond these Markdown is shown as it was written: a page is made while others wait.
MOST_RENDERED = 50_000  # characters
MOST_BRACKETS = 5_000  # each may begin a link or a picture
MOST_CELLS = 25_000  # the widest line of a table widens all the others
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
# No pictures: one from elsewhere would tell its host who reads.
_TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"}


def document_line(
    document: KnowledgeDocument, path: Sequence[KnowledgeDocument], access: JSON
) -> JSON:
    """What a list shows of it. `status` is ours: reading, ready or failed, with the reason."""
    line: JSON = {
        "type": document.kind,
        "id": document.pk,
        "name": document.name,
        "metadata": {
            "created_at_unix_secs": _unix(document.created_at),
            "last_updated_at_unix_secs": _unix(document.updated_at),
            "size_bytes": document.size_bytes,
        },
        "supported_usages": ["auto"] if document.is_folder else ["prompt", "auto"],
        "access_info": access,
        "folder_parent_id": document.parent_id,
        "folder_path": [{"id": folder.pk, "name": folder.name} for folder in path],
        "status": document.state,
        "status_message": document.trouble or None,
    }
    match document.kind:
        case Kind.URL:
            line |= {"url": document.url, "auto_sync_info": None}
        case Kind.FILE:
            line |= {"filename": document.filename, "is_frozen": False}
        case Kind.FOLDER:
            line |= counted(document)
    return line


def document_document(
    document: KnowledgeDocument, path: Sequence[KnowledgeDocument], access: JSON
) -> JSON:
    """All of it; what is written in it as HTML that can do no harm."""
    whole = document_line(document, path, access)
    if document.is_folder:
        return whole
    return whole | {"extracted_inner_html": shown(document), "content_format": "html"}


def counted(folder: KnowledgeDocument) -> JSON:
    inside = KnowledgeDocument.objects.under(folder)
    return {
        "children_count": folder.children.count(),
        "document_count": inside.exclude(kind=Kind.FOLDER).count(),
    }


def shown(document: KnowledgeDocument) -> str:
    """Its text as sanitised HTML."""
    if _takes_long(document.content):
        parts = re.split(r"\n{2,}", document.content)
        return "\n".join(f"<p>{html.escape(part)}</p>" for part in parts if part.strip())
    return nh3.clean(
        _MARKDOWN.render(document.content),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def _takes_long(text: str) -> bool:
    if len(text) > MOST_RENDERED or text.count("[") > MOST_BRACKETS:
        return True
    lines = text.splitlines()
    return max((line.count("|") for line in lines), default=0) * len(lines) > MOST_CELLS


def passage_document(passage: Passage, name: str) -> JSON:
    return {"id": str(passage.pk), "name": title(name, passage.heading), "content": passage.text}


def created_document(document: KnowledgeDocument) -> JSON:
    path = [{"id": folder.pk, "name": folder.name} for folder in document.path]
    return {"id": document.pk, "name": document.name, "folder_path": path}


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())
