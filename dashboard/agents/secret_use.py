"""Who uses a secret, and taking one away that nobody needs any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from dashboard.workspaces import audit
from dashboard.workspaces.audit import By
from dashboard.workspaces.models import Secret, Workspace
from dashboard.workspaces.secret_documents import Uses

from .models import Agent, Need, Needed, Tool
from .needs import dependents
from .tool_answers import dependent

MODEL, INITIATION = "model_backend", "conversation_initiation_webhook"
SHOWN = 20  # of each kind, unless more are asked for


def uses(workspace: Workspace, secret_ids: Iterable[str], limit: int = SHOWN) -> dict[str, Uses]:
    """By secret: what names it. A few queries, however many secrets there are."""
    wanted = list(secret_ids)
    tools = _first(_needs(workspace, wanted).filter(tool__isnull=False), "tool", limit)
    agents = _first(_needs(workspace, wanted).filter(agent__isnull=False), "agent", limit)
    others = _others(workspace, set(wanted))
    return {
        pk: Uses(
            tuple(dependent(need.tool) for need in tools.get(pk, [])[:limit] if need.tool),
            tuple(dependent(need.agent) for need in agents.get(pk, [])[:limit] if need.agent),
            tuple(others.get(pk, [])),
            len(tools.get(pk, [])) > limit,
            len(agents.get(pk, [])) > limit,
        )
        for pk in wanted
    }


def tools_naming(secret: Secret) -> QuerySet[Tool]:
    needs = _needs(secret.workspace, [secret.pk]).filter(tool__isnull=False)
    return Tool.objects.filter(workspace_id=secret.workspace_id, pk__in=needs.values("tool_id"))


def agents_naming(secret: Secret) -> QuerySet[Agent]:
    """Living agents that name it themselves, not through a shared tool."""
    return dependents(secret.workspace, Needed.SECRET, secret.pk)


@transaction.atomic
def forget(secret: Secret, by: By, *, force: bool = False) -> Uses | None:
    """Erase a secret, unless something names it: then that is the answer. `force` erases it anyway;
    what names it says so, and fails in words when it is called."""
    locked = Secret.objects.select_for_update().filter(pk=secret.pk).first()
    if locked is None:  # somebody was faster
        return None
    used = uses(secret.workspace, [secret.pk])[secret.pk]
    if used and not force:
        return used
    audit.record(secret.workspace, by, "secret.deleted", secret, before={"name": secret.name})
    locked.delete()
    return None


def in_words(used: Uses) -> str:
    """`2 tools and 1 agent use it`."""
    counted = [
        _counted(len(used.tools), "tool", used.more_tools),
        _counted(len(used.agents), "agent", used.more_agents),
        "a model" if MODEL in used.others else "",
        "the conversation-initiation webhook" if INITIATION in used.others else "",
    ]
    named = [one for one in counted if one]
    alone = len(named) == 1 and (used.others or len(used.tools) + len(used.agents) == 1)
    return f"{' and '.join(named)} {'uses' if alone else 'use'} it"


def _counted(number: int, noun: str, more: bool) -> str:
    if not number:
        return ""
    return f"{'more than ' if more else ''}{number} {noun}{'' if number == 1 else 's'}"


def _needs(workspace: Workspace, secret_ids: list[str]) -> QuerySet[Need]:
    return Need.objects.filter(
        workspace=workspace,
        kind=Needed.SECRET,
        named_id__in=secret_ids,
        agent__deleted_at=None,  # true of tools as well: they have no agent
    )


def _first(needs: QuerySet[Need], kind: str, limit: int) -> dict[str, list[Need]]:
    """By secret: the first needs of a kind, and one more if there are more."""
    place = Window(RowNumber(), partition_by=F("named_id"), order_by=F("pk").asc())
    found: dict[str, list[Need]] = {}
    ranked = needs.select_related(kind).annotate(place=place).filter(place__lte=limit + 1)
    for need in ranked.order_by("pk"):
        found.setdefault(need.named_id, []).append(need)
    return found


def _others(workspace: Workspace, secret_ids: set[str]) -> dict[str, list[str]]:
    backends = workspace.model_backends.filter(secret__isnull=False)
    named = [(pk, MODEL) for pk in backends.values_list("secret_id", flat=True).distinct()]
    hook = workspace.settings.get("conversation_initiation_client_data_webhook")
    named += [(pk, INITIATION) for pk in set(_pointed(hook))]
    found: dict[str, list[str]] = {}
    for pk, what in named:
        if pk in secret_ids:
            found.setdefault(str(pk), []).append(what)
    return found


def _pointed(hook: Any) -> Iterator[str]:
    headers = hook.get("request_headers") if isinstance(hook, Mapping) else None
    for value in headers.values() if isinstance(headers, Mapping) else ():
        if isinstance(value, Mapping) and isinstance(value.get("secret_id"), str):
            yield value["secret_id"]
