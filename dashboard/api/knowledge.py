"""Knowledge documents: list, read, change, take away, who reads them (contract rest.md §12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from dashboard.agents import forgetting
from dashboard.agents.documents import conversation_config
from dashboard.agents.documents.answers import access_info
from dashboard.agents.forgetting import InUse, NotEmpty
from dashboard.agents.models import Needed
from dashboard.agents.needs import dependents
from dashboard.agents.tool_answers import dependent
from dashboard.knowledge import keeping
from dashboard.knowledge.documents import document_document, document_line
from dashboard.knowledge.finding import pages_of
from dashboard.knowledge.models import DocumentQuerySet, Kind, KnowledgeDocument, paths_of
from dashboard.knowledge.search import known_by
from dashboard.knowledge.sources import Busy, Unusable

from .absent import absence
from .auth import Request, caller
from .errors import Malformed, Refusal, nothing
from .pages import Order, Page, PageQuery, Search, page
from .reading import found
from .shapes import Done
from .shapes.knowledge import DocumentPage, DocumentReaders, DocumentWhole, KnowledgeSize
from .telling import tells

router = Router(tags=["Knowledge base"])
sizes = Router(tags=["Knowledge base"])
JSON = dict[str, Any]
NAMED = 5  # agents in a refusal
_METHODS = ["GET", "POST", "PATCH", "DELETE"]


class Types(BaseModel):
    types: list[Kind] = Field(default_factory=list)


class DocumentsQuery(PageQuery, Types):
    search: Search | None = None
    show_only_owned_documents: bool = False
    created_by_user_id: str | None = None
    parent_folder_id: str | None = None
    ancestor_folder_id: str | None = None
    folders_first: bool = False
    sort_direction: Literal["asc", "desc"] = "desc"
    sort_by: Literal["name", "created_at", "updated_at", "size"] = "created_at"

    @property
    def order(self) -> Order:
        kinds = {"name": str, "size": int}
        column = "size_bytes" if self.sort_by == "size" else self.sort_by
        return Order(column, self.sort_direction == "desc", kinds.get(self.sort_by, datetime))


class DocumentChange(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: Annotated[str, Field(max_length=1000)] | None = None
    content: str | None = None


class ReadersQuery(PageQuery):
    dependent_type: Literal["direct", "transitive", "all"] = "all"


def _absent(request: HttpRequest) -> None:
    raise absence(request.path_info)


# Else `{documentation_id}` would take them for documents.
for _path in ("/rag-index", "/crawl", "/bulk-move", "/bulk-delete", "/summaries"):
    router.add_api_operation(_path, _METHODS, _absent, include_in_schema=False)


@router.get("", **tells(DocumentPage))
def list_documents(request: Request, query: Annotated[DocumentsQuery, Query()]) -> JSON:
    """Documents and folders, narrowed by the filters."""
    rows = _wanted(request, query)
    some = _folders_first(rows, query) if query.folders_first else page(rows, query.order, query)
    return some.document("documents", listed(request, some.rows))


@router.api_operation(["POST"], "", include_in_schema=False)
def make(request: Request) -> None:
    """The old multipart create; `/text`, `/url` and `/file` took its place."""
    raise absence(request.path_info)


@router.get("/{documentation_id}", **tells(DocumentWhole))
def get(request: Request, documentation_id: str, agent_id: str = "") -> JSON:
    """One document, with its text as HTML."""
    return whole(request, sought(request, documentation_id))


@router.patch("/{documentation_id}", **tells(DocumentWhole))
def update(request: Request, documentation_id: str, change: DocumentChange) -> JSON:
    """Rename it, or give a text document another text."""
    document = sought(request, documentation_id)
    try:
        changed = keeping.change(
            document, caller(request), name=change.name, content=change.content
        )
    except Unusable as trouble:
        raise unusable(trouble) from None
    except KnowledgeDocument.DoesNotExist:  # taken away since it was found
        raise nothing("document") from None
    return whole(request, changed)


@router.delete("/{documentation_id}", **tells(Done))
def delete(request: Request, documentation_id: str, force: bool = False) -> JSON:
    """In use, it is refused; with `force` the agents that read it do without from now on."""
    document = sought(request, documentation_id)
    try:
        forgetting.forget(document, caller(request), force=force)
    except InUse as trouble:
        raise Refusal(400, "document_in_use", _used_by(trouble)) from None
    except NotEmpty:
        message = "There is something in this folder. Delete it with ?force=true to lose it all."
        raise Refusal(400, "folder_not_empty", message) from None
    return {}


@router.get("/{documentation_id}/dependent-agents", **tells(DocumentReaders))
def dependent_agents(
    request: Request, documentation_id: str, query: Annotated[ReadersQuery, Query()]
) -> JSON:
    """`transitive`: agents that name a folder which it lies in."""
    document = sought(request, documentation_id)
    above = [folder.pk for folder in document.path] if query.dependent_type != "direct" else []
    named = above if query.dependent_type == "transitive" else [document.pk, *above]
    agents = dependents(request.auth.workspace, Needed.DOCUMENT, *named)
    some = page(agents, Order("created_at"), query)
    told = [dependent(agent, referenced_resource_ids=[document.pk]) for agent in some.rows]
    return {**some.document("agents", told), "branches": []}


@sizes.get("/{agent_id}/knowledge-base/size", **tells(KnowledgeSize))
def size(request: Request, agent_id: str) -> JSON:
    """In printed pages of 2,000 characters."""
    workspace = request.auth.workspace
    agent = found(workspace.agents.listed(), agent_id, "agent")
    known = conversation_config(agent.told).agent.prompt.knowledge_base
    return {"number_of_pages": pages_of(known_by(workspace, [one.id for one in known]))}


# --- What the routes of the other files share ------------------------------------------------


def sought(request: Request, document_id: str) -> KnowledgeDocument:
    documents = request.auth.workspace.documents.select_related("made_by", "workspace")
    return found(documents, document_id, "document")


def whole(request: Request, document: KnowledgeDocument) -> JSON:
    access = access_info(document.made_by, request.auth.made_by)
    return document_document(document, document.path, access)


def listed(request: Request, documents: Sequence[KnowledgeDocument]) -> list[JSON]:
    """The lines of a page, with the agents that read each."""
    paths = paths_of(list(documents))
    pks = [one.pk for one in documents]
    readers = forgetting.readers_by_document(request.auth.workspace, pks)
    return [
        document_line(one, paths[one.pk], access_info(one.made_by, request.auth.made_by))
        | {"dependent_agents": [dependent(agent) for agent in readers.get(one.pk, ())]}
        for one in documents
    ]


def unusable(trouble: Unusable) -> Refusal | Malformed:
    if isinstance(trouble, Busy):
        return Refusal(429, "system_busy", trouble.reason, retry_after=trouble.retry_after)
    if trouble.too_large:
        return Refusal(413, "file_too_large", trouble.reason, param=trouble.field)
    return Malformed(["body", trouble.field], trouble.reason, "value_error")


def _used_by(trouble: InUse) -> str:
    names = ", ".join(agent.name for agent in trouble.agents[:NAMED])
    more = len(trouble.agents) - NAMED
    rest = f" and {more} more" if more > 0 else ""
    return (
        f"These agents read it: {names}{rest}. "
        "Delete it with ?force=true to take it away from them."
    )


def _wanted(request: Request, query: DocumentsQuery) -> DocumentQuerySet:
    documents = request.auth.workspace.documents.listed()
    if query.search:
        documents = documents.filter(name__icontains=query.search)
    if query.types:
        documents = documents.filter(kind__in=query.types)
    maker = query.created_by_user_id
    if query.show_only_owned_documents or maker == "@me":
        documents = documents.filter(made_by=request.auth.made_by)
    elif maker:
        documents = documents.filter(made_by_id=maker)
    if query.parent_folder_id:
        documents = documents.filter(parent=_folder(request, query.parent_folder_id))
    if query.ancestor_folder_id:
        documents = documents.under(_folder(request, query.ancestor_folder_id))
    return documents


def _folder(request: Request, folder_id: str) -> KnowledgeDocument:
    return found(request.auth.workspace.documents.filter(kind=Kind.FOLDER), folder_id, "folder")


def _folders_first(rows: DocumentQuerySet, query: DocumentsQuery) -> Page[KnowledgeDocument]:
    """Two lists, one after the other; the cursor begins with `.` in the second."""
    folders, rest = rows.filter(kind=Kind.FOLDER), rows.exclude(kind=Kind.FOLDER)
    cursor = query.cursor or ""
    shown: list[KnowledgeDocument] = []
    if not cursor.startswith("."):
        first = page(folders, query.order, query)
        if first.next_cursor:
            return first
        shown, cursor = first.rows, "."
    left = query.page_size - len(shown)
    if not left:
        return Page(shown, "." if rest.exists() else None)
    second = page(rest, query.order, PageQuery(page_size=left, cursor=cursor[1:] or None))
    return Page(shown + second.rows, f".{second.next_cursor}" if second.next_cursor else None)
