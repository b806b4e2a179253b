"""Make an agent, tell it something else, take it away: what it was told is a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from dashboard.workspaces.models import User, Workspace

from .allowlist import host_of
from .documents import (
    DEFAULT_CLIENT_EVENTS,
    ConversationConfig,
    PlatformSettings,
    Unfit,
    Workflow,
    bounded,
    checked,
    merged,
    writable,
)
from .models import Agent, AgentVersion, AllowedHost, CallLimits

NAMELESS = "New agent"
LONGEST_NAME = 200


class Documents(TypedDict, total=False):
    """What an agent can be told."""

    conversation_config: Mapping[str, Any] | None
    platform_settings: Mapping[str, Any] | None
    workflow: Mapping[str, Any] | None


@transaction.atomic
def create(
    workspace: Workspace,
    by: User | None,
    *,
    name: str | None = None,
    tags: Sequence[str] = (),
    **documents: Unpack[Documents],
) -> Agent:
    """A new agent with its first version. Raises Unfit when a document breaks the contract."""
    told: dict[str, Any] = {
        "conversation_config": _with_events(documents.get("conversation_config") or {}),
        "platform_settings": writable(documents.get("platform_settings") or {}),
        "workflow": documents.get("workflow"),
    }
    settings = _checked(told)
    agent = Agent(workspace=workspace, made_by=by, name=_name(name), tags=list(tags))
    agent.save(force_insert=True)
    _tell(agent, AgentVersion(number=1, made_by=by, **told), settings)
    return agent


@transaction.atomic
def revise(
    agent: Agent, change: Mapping[str, Any], by: User | None, note: str = ""
) -> AgentVersion:
    """Merge a change into what the agent is told today; `change` names only what changes.

    Keys: name, tags, conversation_config, platform_settings (both merged), workflow (replaced).
    A change that changes nothing makes no version. Raises Unfit, and Agent.DoesNotExist when the
    agent was taken away meanwhile.
    """
    # Whoever comes second waits here, then merges into what the first has made of it.
    today = Agent.objects.select_for_update().get(pk=agent.pk)
    old = today.told
    told = {
        part: merged(getattr(old, part), change.get(part) or {})
        for part in ("conversation_config", "platform_settings")
    }
    told["platform_settings"] = writable(told["platform_settings"])
    told["workflow"] = change.get("workflow", old.workflow)
    settings = _checked(told)
    agent.name = _name(change["name"]) if "name" in change else today.name
    agent.tags = list(change["tags"] or ()) if "tags" in change else today.tags
    agent.version, agent.updated_at = old, timezone.now()
    if any(getattr(old, part) != document for part, document in told.items()):
        new = AgentVersion(number=old.number + 1, made_by=by, note=note[:300], **told)
        return _tell(agent, new, settings)
    agent.save(update_fields=["name", "tags", "updated_at"])
    return old


def retire(agent: Agent) -> None:
    """Take an agent away; its conversations stay."""
    agent.deleted_at = timezone.now()
    agent.save(update_fields=["deleted_at"])


def _checked(told: Mapping[str, Any]) -> PlatformSettings:
    bounded(told)
    checked(ConversationConfig, told["conversation_config"], "conversation_config")
    if told["workflow"] is not None:
        checked(Workflow, told["workflow"], "workflow")
    return checked(PlatformSettings, told["platform_settings"], "platform_settings")


def _tell(agent: Agent, version: AgentVersion, settings: PlatformSettings) -> AgentVersion:
    """Write the version, and the rows that enforce what it says about visitors."""
    version.agent = agent
    version.save(force_insert=True)
    agent.version, agent.archived = version, settings.archived
    agent.save(update_fields=["name", "tags", "version", "archived", "updated_at"])
    _enforce(agent, settings)
    return version


def _enforce(agent: Agent, settings: PlatformSettings) -> None:
    auth, limits = settings.auth, settings.call_limits
    agent.limits, _ = CallLimits.objects.update_or_create(
        agent=agent,
        defaults={
            "at_once": limits.agent_concurrency_limit,
            "a_day": limits.daily_limit,
            "bursting": limits.bursting_enabled,
            "needs_signature": auth.enable_auth,
            "needs_origin": auth.require_origin_header,
        },
    )
    hosts = list(dict.fromkeys(host_of(item.hostname) for item in auth.allowlist))
    agent.allowed_hosts.all().delete()
    AllowedHost.objects.bulk_create(AllowedHost(agent=agent, hostname=host) for host in hosts)


def _with_events(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """An agent made without a word about events gets those that every client can chat with."""
    conversation = config.get("conversation")
    if conversation is None or (
        isinstance(conversation, Mapping) and "client_events" not in conversation
    ):
        events = {"client_events": list(DEFAULT_CLIENT_EVENTS)}
        return {**config, "conversation": {**(conversation or {}), **events}}
    return config


def _name(name: str | None) -> str:
    name = (name or "").strip() or NAMELESS
    if len(name) > LONGEST_NAME:
        message = f"String should have at most {LONGEST_NAME} characters"
        raise Unfit([{"loc": ["name"], "msg": message, "type": "string_too_long"}])
    return name
