"""Make an agent, tell it something else, take it away: what it was told is a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from dashboard.workspaces import audit
from dashboard.workspaces.audit import By
from dashboard.workspaces.models import Workspace

from .documents import (
    DEFAULT_CLIENT_EVENTS,
    Unfit,
    check_new_hook,
    check_new_hosts,
    merged,
    writable,
)
from .models import Agent, AgentTag, AgentVersion
from .pictures import at_home, picture_id
from .telling import PARTS, Told, changed, fit, tell

NAMELESS = "New agent"
LONGEST_NAME = 200
MOST_TAGS, LONGEST_TAG = 50, 100
# Objects that are one value: half of the old and half of the new would be neither.
_WHOLE = {
    "conversation_config": (
        ("language_presets", "*"),
        ("agent", "prompt", "built_in_tools", "*"),
        ("agent", "prompt", "backup_llm_config"),
    ),
    "platform_settings": (("data_collection", "*"), ("widget", "avatar")),
    "other": (),
}


class Documents(TypedDict, total=False):
    """What an agent can be told; `other`: top-level fields that nobody here knows."""

    conversation_config: Mapping[str, Any] | None
    platform_settings: Mapping[str, Any] | None
    workflow: Mapping[str, Any] | None
    other: Mapping[str, Any] | None


@transaction.atomic
def create(
    workspace: Workspace,
    by: By,
    *,
    name: str | None = None,
    tags: Sequence[str] = (),
    action: str = "agent.created",
    **documents: Unpack[Documents],
) -> Agent:
    """A new agent with its first version. Raises Unfit when a document breaks the contract."""
    told: Told = {
        "conversation_config": _with_events(documents.get("conversation_config") or {}),
        "platform_settings": writable(documents.get("platform_settings") or {}),
        "workflow": documents.get("workflow"),
        "other": documents.get("other") or {},
    }
    if action == "agent.created":  # a copy may be told what its original was
        check_new_hosts(documents.get("platform_settings"))
        check_new_hook(documents.get("platform_settings"))
    told, settings = fit(told)
    maker = audit.actor(by).user
    agent = Agent(workspace=workspace, made_by=maker, name=_name(name), tags=_tags(tags))
    agent.save(force_insert=True)
    _note_tags(agent)
    tell(agent, AgentVersion(number=1, made_by=maker, **told), settings)
    audit.record(workspace, by, action, agent, after=_audited(agent))
    return agent


@transaction.atomic
def revise(agent: Agent, change: Mapping[str, Any], by: By, note: str = "") -> AgentVersion:
    """Merge a change into what the agent is told today; `change` names only what changes.

    Keys: name, tags, conversation_config, platform_settings, other (merged), workflow (replaced).
    A change that changes nothing makes no version. Raises Unfit, and Agent.DoesNotExist when the
    agent was taken away meanwhile.
    """
    # Whoever comes second waits here, then merges into what the first has made of it.
    today = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    told: Told = {
        part: merged(getattr(today.told, part), change.get(part) or {}, whole)
        for part, whole in _WHOLE.items()
    }
    check_new_hosts(told["platform_settings"], today.told.platform_settings)
    told["platform_settings"] = at_home(writable(told["platform_settings"]), agent.pk)
    check_new_hook(told["platform_settings"], today.told.platform_settings)
    told["workflow"] = change.get("workflow", today.told.workflow)
    today.name = _name(change["name"]) if "name" in change else today.name
    today.tags = _tags(change["tags"] or ()) if "tags" in change else today.tags
    version = _renew(today, told, by, note=note)
    _follow(agent, today)
    return version


@transaction.atomic
def restore(agent: Agent, version: AgentVersion, by: By) -> AgentVersion:
    """Tell the agent again what it was told then; its name and its tags stay.

    Raises Unfit, and Agent.DoesNotExist as `revise` does.
    """
    today = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    old = today.versions.get(pk=version.pk)
    told: Told = {part: getattr(old, part) for part in PARTS}
    shown = picture_id(told["platform_settings"])
    if shown and not today.pictures.filter(pk=shown).exists():  # replaced since, and gone
        avatar = (today.told.platform_settings.get("widget") or {}).get("avatar")
        widget = {**told["platform_settings"]["widget"], "avatar": avatar}
        told["platform_settings"] = {**told["platform_settings"], "widget": widget}
    told["platform_settings"] = _with_todays_link(today, told["platform_settings"])
    note = f"Restored version {old.number}"
    renewed = _renew(today, told, by, note=note, action="agent.restored")
    _follow(agent, today)
    return renewed


def _with_todays_link(agent: Agent, settings: dict[str, Any]) -> dict[str, Any]:
    """A link to share that was taken back stays so, and one that is out there keeps working."""
    auth = settings.get("auth")
    token = agent.limits.shareable_token or None
    if not isinstance(auth, dict) and token is None:
        return settings
    return {**settings, "auth": {**(auth or {}), "shareable_token": token}}


@transaction.atomic
def retire(agent: Agent, by: By = None) -> bool:
    """Take an agent away, once; its conversations stay."""
    today = Agent.objects.select_for_update(no_key=True).filter(pk=agent.pk).first()
    if today is None:  # somebody was faster
        return False
    agent.deleted_at = today.deleted_at = timezone.now()
    today.save(update_fields=["deleted_at"])
    today.needs.all().delete()
    audit.record(today.workspace, by, "agent.deleted", today, before=_audited(today))
    return True


def _renew(
    today: Agent, told: Told, by: By, *, note: str, action: str = "agent.changed"
) -> AgentVersion:
    """Write what is different about an agent, whose row is locked and not yet saved."""
    told, settings = fit(told)
    old, there = today.told, Agent.objects.values("name", "tags").get(pk=today.pk)
    before = _audited(today) | there
    another = changed(old, told)
    if not another and before == _audited(today):
        return old
    today.updated_at = timezone.now()
    _note_tags(today)
    if another:
        maker = audit.actor(by).user
        new = AgentVersion(number=old.number + 1, made_by=maker, note=note[:300], **told)
        tell(today, new, settings)
    else:
        today.save(update_fields=["name", "tags", "updated_at"])
    audit.record(today.workspace, by, action, today, before=before, after=_audited(today))
    return today.told


def _follow(agent: Agent, today: Agent) -> None:
    """The caller's copy is as the row is now."""
    for name in ("name", "tags", "archived", "voice_id", "version", "updated_at", "limits"):
        setattr(agent, name, getattr(today, name))


def _audited(agent: Agent) -> dict[str, Any]:
    told = {part: getattr(agent.told, part) for part in PARTS}
    return {"name": agent.name, "tags": agent.tags, **told}


def _note_tags(agent: Agent) -> None:
    there, wanted = set(agent.tag_rows.values_list("name", flat=True)), set(agent.tags)
    if there - wanted:
        agent.tag_rows.filter(name__in=there - wanted).delete()
    AgentTag.objects.bulk_create(
        AgentTag(agent=agent, name=tag) for tag in dict.fromkeys(agent.tags) if tag not in there
    )


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


def _tags(tags: Sequence[str]) -> list[str]:
    if len(tags) > MOST_TAGS:
        message = f"List should have at most {MOST_TAGS} items"
        raise Unfit([{"loc": ["tags"], "msg": message, "type": "too_long"}])
    for place, tag in enumerate(tags):
        if len(tag) > LONGEST_TAG:
            message = f"String should have at most {LONGEST_TAG} characters"
            raise Unfit([{"loc": ["tags", place], "msg": message, "type": "string_too_long"}])
    return list(tags)
