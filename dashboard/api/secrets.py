"""Secrets: values that tools send in headers, and that nobody can read again (rest.md §10)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dashboard.agents.secret_use import agents_naming, forget, in_words, tools_naming, uses
from dashboard.agents.tool_answers import dependent
from dashboard.workspaces import vault
from dashboard.workspaces.models import Secret
from dashboard.workspaces.secret_documents import secret_document, stored
from dashboard.workspaces.secret_values import trouble_with_name, trouble_with_value

from .auth import Request, caller
from .errors import Refusal, nothing
from .pages import Order, PageQuery, Search, page
from .reading import found
from .shapes.secrets import SecretDependencies, SecretLine, SecretsPage, StoredSecret
from .telling import tells

router = Router(tags=["Secrets"])
JSON = dict[str, Any]
BY_AGE = Order("created_at")


def _name(sent: str) -> str:
    if trouble := trouble_with_name(sent):
        raise ValueError(trouble)
    return sent


def _value(sent: str) -> str:
    if trouble := trouble_with_value(sent):
        raise ValueError(trouble)
    return sent


Name = Annotated[str, AfterValidator(_name)]
Value = Annotated[str, AfterValidator(_value)]


class NewSecret(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    type: Literal["new"] = "new"
    name: Name
    value: Value


class SecretChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    type: Literal["update"] = "update"
    name: Name | None = None
    value: Value | None = None


class SecretsQuery(BaseModel):
    page_size: Annotated[int, Field(ge=1, le=100)] | None = None
    cursor: str | None = None
    search: Search | None = None
    dependency_limit: Annotated[int, Field(ge=1, le=100)] = 20


class DependenciesQuery(PageQuery):
    page_size: Annotated[int, Field(ge=1, le=100)] = 20


@router.post("", **tells(StoredSecret))
def create(request: Request, wish: NewSecret) -> JSON:
    """Keep a value. No answer will ever hold it again; two secrets may have the same name."""
    return stored(vault.store(request.auth.workspace, caller(request), wish.name, wish.value))


@router.get("", **tells(SecretsPage))
def list_secrets(request: Request, query: Annotated[SecretsQuery, Query()]) -> JSON:
    """Newest first; all of them when no page is asked for."""
    workspace = request.auth.workspace
    rows = workspace.secrets.all()
    if query.search:
        rows = rows.filter(name__icontains=query.search)
    if query.page_size is None and not query.cursor:
        some, next_cursor = list(rows.order_by(*BY_AGE.columns())), None
    else:
        wanted = PageQuery(page_size=query.page_size or 100, cursor=query.cursor)
        found_page = page(rows, BY_AGE, wanted)
        some, next_cursor = found_page.rows, found_page.next_cursor
    used = uses(workspace, [secret.pk for secret in some], query.dependency_limit)
    told = [secret_document(secret, used[secret.pk]) for secret in some]
    return {"secrets": told, "next_cursor": next_cursor}


@router.get("/{secret_id}", **tells(SecretLine))
def get(request: Request, secret_id: str) -> JSON:
    """Its name and what uses it; never its value."""
    secret = _secret(request, secret_id)
    return secret_document(secret, uses(request.auth.workspace, [secret.pk])[secret.pk])


@router.patch("/{secret_id}", **tells(StoredSecret))
def update(request: Request, secret_id: str, change: SecretChange) -> JSON:
    """Replace its value or its name; tools send the new value from their next call on."""
    secret = _secret(request, secret_id)
    try:
        return stored(vault.change(secret, caller(request), name=change.name, value=change.value))
    except Secret.DoesNotExist:  # erased since it was found
        raise nothing("secret") from None


@router.delete("/{secret_id}", **tells(None, 204, refuses=(400,)))
def delete(request: Request, secret_id: str, force: bool = False) -> HttpResponse:
    """Erase it. Refused while something names it; `force` erases it all the same."""
    used = forget(_secret(request, secret_id), caller(request), force=force)
    if used:
        message = f"{in_words(used)}. Change that first, or delete it with ?force=true."
        raise Refusal(400, "secret_in_use", message[0].upper() + message[1:])
    return HttpResponse(status=204)


@router.get("/{secret_id}/dependencies/{kind}", **tells(SecretDependencies))
def dependencies(
    request: Request,
    secret_id: str,
    kind: Literal["tools", "agents", "phone_numbers"],
    query: Annotated[DependenciesQuery, Query()],
) -> JSON:
    """What names it; phone numbers never do, on a server that only chats."""
    secret = _secret(request, secret_id)
    if kind == "phone_numbers":
        return {"dependencies": [], "next_cursor": None}
    rows: Any = tools_naming(secret) if kind == "tools" else agents_naming(secret)
    some = page(rows, BY_AGE, query)
    return {
        "dependencies": [dependent(thing) for thing in some.rows],
        "next_cursor": some.next_cursor,
    }


def _secret(request: Request, secret_id: str) -> Secret:
    secrets = request.auth.workspace.secrets.select_related("workspace")
    return found(secrets, secret_id, "secret")
