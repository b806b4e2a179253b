"""The owner's own server is asked about a visitor before the conversation starts.

(Contract rest.md §6 `workspace_overrides`, §15, §19.) The server's values stand above those of the
visitor's page, and its overrides need no permission: whoever set up the address is the owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings

from dashboard.engine.nesting import too_deep
from dashboard.engine.variables import (
    RESERVED_PREFIX,
    SECRET_PREFIX,
    UnfitVariable,
    Value,
    check,
    plain,
)
from dashboard.providers import http
from dashboard.providers.masking import masked, masked_tree
from dashboard.workspaces import vault
from dashboard.workspaces.models import Secret, Workspace

from .documents import platform_settings
from .models import AgentVersion
from .overriding import unfit
from .wishes import Wishes, wishes_of
from .workspace_settings import settings_of

KIND = "conversation_initiation_client_data"
SECONDS = 5.0  # a visitor waits for it
MOST_READ = 256 * 1024  # bytes of an answer
LONGEST_FACT = 300  # characters
NOT_READY = "This conversation could not be prepared. Please try again later."


@dataclass(frozen=True)
class Initiating:
    """Whom to ask, and with which headers. `trouble`: why it cannot be asked at all."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    trouble: str = ""
    allow: tuple[str, ...] = ()
    seconds: float = SECONDS


@dataclass(frozen=True)
class Facts:
    """What is known of a conversation that is about to start."""

    agent_id: str
    conversation_id: str
    visitor_id: str = ""
    source: str = ""
    source_version: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fetched:
    """What the owner's server says of the visitor. `visitor_id`: empty when it names nobody."""

    wishes: Wishes
    visitor_id: str = ""


@dataclass(frozen=True)
class FetchFailed:
    """`reason` is for the owner and holds no secret, `message` for the visitor."""

    reason: str
    message: str = NOT_READY


class _Unresolved(Exception):
    """A header names a secret that is not there."""


def wanted(version: AgentVersion) -> Initiating | None:
    """Whom to ask for this agent: its own address, else the workspace's; None when nobody.

    Reads the database and the vault.
    """
    told = platform_settings(version)
    if not told.overrides.enable_conversation_initiation_client_data_from_webhook:
        return None
    workspace = version.agent.workspace
    hook = (
        told.workspace_overrides.conversation_initiation_client_data_webhook
        or settings_of(workspace).conversation_initiation_client_data_webhook
    )
    if hook is None:
        return None
    headers: dict[str, str] = {}
    secrets: list[str] = []
    try:
        for name, value in hook.request_headers.items():
            if name.lower() in http.NOT_OURS_TO_SET | {"content-type"}:
                continue
            headers[name] = _plain(workspace, name, value)
            if not isinstance(value, str):
                secrets.append(headers[name])
    except _Unresolved as unresolved:
        return Initiating(hook.url, trouble=str(unresolved))
    return Initiating(hook.url, headers, tuple(secrets), allow=tuple(settings.EGRESS_ALLOW))


def _plain(workspace: Workspace, name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    secret_id = value.get("secret_id") if isinstance(value, Mapping) else None
    secret: Secret | None = workspace.secrets.filter(pk=secret_id or "").first()
    try:
        if secret is not None:
            return vault.reveal(secret).strip()
    except vault.Unreadable:
        pass
    raise _Unresolved(f"The initiation webhook's header {name} has no secret to send.")


async def fetch(wanted: Initiating, facts: Facts) -> Fetched | FetchFailed:
    """Ask, for `seconds` at most; never raises."""
    if wanted.trouble:
        return FetchFailed(wanted.trouble)
    headers = {**wanted.headers, "Content-Type": "application/json"}
    bounds = http.Bounds(wanted.seconds, MOST_READ, 0, wanted.allow)
    try:
        content = orjson.dumps(question(facts))
        answer = await http.fetch(
            "POST", wanted.url, headers=headers, content=content, bounds=bounds
        )
    except orjson.JSONEncodeError:  # half characters
        return FetchFailed("What the visitor's page sent cannot be told to the webhook.")
    except (http.Blocked, http.NoAnswer) as trouble:
        reason = masked(trouble.reason, wanted.secrets)
        return FetchFailed(f"The initiation webhook was not reached: {reason}")
    if not 200 <= answer.status < 300:
        return FetchFailed(f"The initiation webhook answered with HTTP {answer.status}.")
    if answer.cut:
        return FetchFailed("The initiation webhook's answer is too long.")
    if not answer.content:
        return Fetched(Wishes())
    return read(answer.content, wanted.secrets)


def question(facts: Facts) -> dict[str, Any]:
    """The request's JSON. The phone's fields are there, and empty: what was written for calls
    may demand them."""
    told: dict[str, Value] = {
        name: value
        for name, value in facts.variables.items()
        if plain(value) and not name.startswith((SECRET_PREFIX, RESERVED_PREFIX))
    }
    return {
        "caller_id": "",
        "agent_id": facts.agent_id,
        "called_number": "",
        "call_sid": "",
        "conversation_id": facts.conversation_id,
        "user_id": facts.visitor_id[:LONGEST_FACT],
        "source": facts.source[:LONGEST_FACT],
        "version": facts.source_version[:LONGEST_FACT],
        "dynamic_variables": told,
    }


def read(content: bytes, secrets: Sequence[str] = ()) -> Fetched | FetchFailed:
    """The webhook's answer, which has the form of what a client sends first.

    `secrets`: what was sent to it. Of a server that sends its headers back, none is used or kept.
    """
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError:
        return FetchFailed("The initiation webhook's answer is not JSON.")
    if not isinstance(said, dict) or too_deep(said):
        return FetchFailed("The initiation webhook's answer is not a plain JSON object.")
    said = masked_tree(said, secrets) if secrets else said
    if said.get("type", KIND) != KIND:
        return FetchFailed(f"The initiation webhook's answer is not of the type {KIND}.")
    wishes = wishes_of(said)
    for name, value in wishes.overrides.items():
        if why := unfit(name, value):
            return FetchFailed(f"The initiation webhook's {name} is not valid: {why}.")
    try:
        check(wishes.variables)
    except UnfitVariable as trouble:
        return FetchFailed(f"The initiation webhook's answer: {trouble}")
    visitor_id = said.get("user_id")
    return Fetched(wishes, visitor_id[:LONGEST_FACT] if isinstance(visitor_id, str) else "")


def merged(wishes: Wishes, fetched: Fetched) -> Wishes:
    """The page's wishes with the owner's over them; what only the page asks for still needs leave.

    A page can be forged and the owner's server cannot: where both say something, the server counts.
    """
    granted = fetched.wishes
    return Wishes(
        {**wishes.overrides, **granted.overrides},
        {**wishes.variables, **granted.variables},
        wishes.no_audio or granted.no_audio,
        frozenset(granted.overrides),
    )
