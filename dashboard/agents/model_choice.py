"""Which model answers: the agent's wish, the workspace's own models, the operator's, the built-in.

The contract's LLM ids (rest.md §5.1) are wishes: what is not set up here falls to the workspace's
default model, and the conversation says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from dashboard.engine.ports import LLM
from dashboard.providers.embeddings import built_in
from dashboard.providers.llms.backends import Backend, llm_named
from dashboard.providers.llms.extractive import NAME as BUILT_IN
from dashboard.providers.llms.extractive import ExtractiveLLM
from dashboard.providers.llms.patience import Patient
from dashboard.providers.llms.queue import Gated, Priority, Room, gate_of
from dashboard.workspaces import vault
from dashboard.workspaces.models import ModelBackend, ModelKind, Secret, Workspace

CUSTOM = "custom-llm"
FAMILIES = {
    ModelKind.OPENAI: ("gpt-", "o1", "o3", "o4", "chatgpt-"),
    ModelKind.ANTHROPIC: ("claude-",),
    ModelKind.GEMINI: ("gemini-",),
}
_USUAL = {
    ModelKind.OPENAI: "gpt-4o-mini",
    ModelKind.ANTHROPIC: "claude-haiku-4-5",
    ModelKind.GEMINI: "gemini-2.5-flash",
    ModelKind.OLLAMA: "llama3.1",
}


@dataclass(frozen=True)
class Choice:
    """A model, its name for people, and what the owner should know about the choice."""

    llm: LLM
    name: str
    warnings: tuple[str, ...] = ()


def choose(workspace: Workspace, wanted: str, custom: Mapping[str, Any] | None = None) -> Choice:
    """The model for one agent; `wanted` empty: the workspace's default.

    `custom`: the agent document's `custom_llm` tree.
    """
    offers = _own(workspace) + operators()
    standard = offers[0] if offers else None
    if wanted == CUSTOM and custom:
        first: Backend | None = _custom(workspace, custom)
    else:
        first = serving(wanted, offers)
    answering = first or standard
    name = answering.model if answering else BUILT_IN
    misses = bool(wanted) and first is None and wanted != BUILT_IN
    warnings = (f"{wanted} is not set up here; {name} answers.",) if misses else ()
    if answering is None:
        return Choice(ExtractiveLLM(built_in()), name, warnings)
    return Choice(Patient(_chain(answering, standard, wanted == CUSTOM)), name, warnings)


def default_name(workspace: Workspace) -> str:
    """What answers for an agent that names no model."""
    own = workspace.model_backends.order_by("-is_default", "created_at").first()
    theirs = operators()
    return own.model if own else theirs[0].model if theirs else BUILT_IN


def _chain(first: Backend, standard: Backend | None, custom: bool) -> list[LLM]:
    """The model, then what may stand in for it when it cannot answer."""
    chain = [first]
    if first.trusted and settings.LLM_FALLBACK_MODEL:
        chain.append(replace(first, model=settings.LLM_FALLBACK_MODEL))
    # What visitors say goes to nobody whom the owner of the first model did not choose.
    if standard and standard not in chain and standard.trusted == first.trusted and not custom:
        chain.append(standard)
    return [_gated(backend) for backend in chain]


def _gated(backend: Backend) -> LLM:
    """The model behind the gate that it shares with every other conversation of this process."""
    room = Room(backend.at_once, settings.LLM_QUEUE, settings.LLM_QUEUE_SECONDS)
    return Gated(llm_named(backend), gate_of(backend, room))


def as_burst(llm: LLM) -> LLM:
    """The same model for a conversation above the limit: it waits behind the others (DESIGN §5)."""
    return llm.behind(Priority.BURST) if isinstance(llm, Patient | Gated) else llm


def as_judge(llm: LLM) -> LLM:
    """The same model for what nobody waits for: it waits behind every visitor."""
    return llm.behind(Priority.JUDGE) if isinstance(llm, Patient | Gated) else llm


def serving(wanted: str, offers: list[Backend]) -> Backend | None:
    """The offer that serves this id: by its exact name, else by the vendor's whole family."""
    for offer in offers:
        if offer.model == wanted:
            return offer
    for offer in offers:
        family = FAMILIES.get(ModelKind(offer.kind), ())
        if not offer.url and wanted.startswith(family):
            return replace(offer, model=wanted)
    return None


def _own(workspace: Workspace) -> list[Backend]:
    rows = workspace.model_backends.select_related("secret").order_by("-is_default", "created_at")
    return [backend_of(row) for row in rows]


def backend_of(row: ModelBackend) -> Backend:
    """What a member typed in: reached through the guarded client."""
    return Backend(
        kind=row.kind,
        model=row.model,
        url=row.url,
        api_key=vault.reveal(row.secret) if row.secret else "",
        trusted=False,
        allow=tuple(settings.EGRESS_ALLOW),
        owner=row.workspace_id,
        at_once=row.at_once or 0,
    )


def operators() -> list[Backend]:
    """What the environment sets up, the most particular first."""
    found = []
    if settings.LLM_URL:
        model = settings.LLM_MODEL or _USUAL[ModelKind.OPENAI]
        found.append(Backend("openai", model, settings.LLM_URL, settings.LLM_API_KEY))
    keys = {
        ModelKind.OPENAI: settings.OPENAI_API_KEY,
        ModelKind.ANTHROPIC: settings.ANTHROPIC_API_KEY,
        ModelKind.GEMINI: settings.GEMINI_API_KEY,
    }
    for kind, key in keys.items():
        if key:
            found.append(Backend(kind.value, _operators_model(kind), api_key=key))
    if settings.OLLAMA_URL:
        model = settings.LLM_MODEL if not settings.LLM_URL else ""
        found.append(Backend("ollama", model or _USUAL[ModelKind.OLLAMA], settings.OLLAMA_URL))
    return [replace(backend, at_once=settings.LLM_AT_ONCE) for backend in found]


def _operators_model(kind: ModelKind) -> str:
    """PARLEY_LLM_MODEL where it belongs to this vendor, else a usual one."""
    model: str = settings.LLM_MODEL
    return model if model.startswith(FAMILIES[kind]) else _USUAL[kind]


def _custom(workspace: Workspace, custom: Mapping[str, Any]) -> Backend:
    """The agent's own endpoint (contract rest.md §5, `custom_llm`)."""
    headers = custom.get("request_headers") or {}
    return Backend(
        kind="openai",
        model=custom.get("model_id") or CUSTOM,
        url=custom["url"],
        api_key=_revealed(workspace, custom.get("api_key")),
        trusted=False,
        headers=tuple((name, _header(workspace, value)) for name, value in headers.items()),
        allow=tuple(settings.EGRESS_ALLOW),
        owner=workspace.pk,
    )


def _header(workspace: Workspace, value: Any) -> str:
    return value if isinstance(value, str) else _revealed(workspace, value)


def _revealed(workspace: Workspace, locator: Any) -> str:
    """A secret of this workspace by its locator; empty when there is none."""
    secret_id = locator.get("secret_id") if isinstance(locator, Mapping) else None
    secret: Secret | None = workspace.secrets.filter(pk=secret_id or "").first()
    return vault.reveal(secret) if secret else ""
