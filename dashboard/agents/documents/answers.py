"""An agent as clients read it: the whole document, and one line of a list (contract rest.md §4)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from dashboard.agents.allowlist import host_of
from dashboard.agents.models import Agent, AgentVersion
from dashboard.agents.pictures import seen_from
from dashboard.workspaces.models import User

from .conversation_config import ConversationConfig
from .document import JSON, Document, filled, mended
from .platform_settings import PlatformSettings, writable
from .voice import Tts
from .workflow import Workflow


def conversation_config(version: AgentVersion) -> ConversationConfig:
    """What the agent was told, typed and with defaults; read it, do not change it."""
    return _conversation_config(_Told(version.pk, version.conversation_config))


def platform_settings(version: AgentVersion) -> PlatformSettings:
    """The version's settings, typed. Who may start and how many is in the agent's rows."""
    return PlatformSettings.model_validate(mended(PlatformSettings, version.platform_settings))


def filled_conversation_config(version: AgentVersion) -> JSON:
    """Shared by everybody who asks: read it, do not change it."""
    return _filled(ConversationConfig, _Told(version.pk, version.conversation_config))


def filled_platform_settings(version: AgentVersion) -> JSON:
    """As the version has them. Shared by everybody who asks: read it, do not change it."""
    return _filled(PlatformSettings, _Told(version.pk, writable(version.platform_settings)))


def settings_in_force(version: AgentVersion, agent: Agent) -> JSON:
    """The settings of today's version; what is enforced is told as the agent's rows have it."""
    settings = dict(filled_platform_settings(version))
    sent = {host_of(item["hostname"]): item for item in settings["auth"]["allowlist"]}
    settings["auth"] = settings["auth"] | {
        "enable_auth": agent.limits.needs_signature,
        "require_origin_header": agent.limits.needs_origin,
        "shareable_token": agent.limits.shareable_token or None,
        "allowlist": [
            sent.get(row.hostname, {"hostname": row.hostname})
            for row in agent.allowed_hosts.order_by("id")
        ],
    }
    settings["call_limits"] = settings["call_limits"] | {
        "agent_concurrency_limit": agent.limits.at_once,
        "daily_limit": agent.limits.a_day,
        "bursting_enabled": agent.limits.bursting,
        "refusal_message": agent.limits.refusal_text,
        "messages_per_minute": agent.limits.messages_a_minute,
    }
    settings["archived"] = agent.archived
    return settings


def filled_workflow(version: AgentVersion) -> JSON | None:
    return None if version.workflow is None else filled(Workflow, version.workflow)


def agent_document(
    agent: Agent,
    reader: User | None = None,
    *,
    server: str = "",
    version: AgentVersion | None = None,
) -> JSON:
    """Everything about an agent, with every key that strict clients demand.

    server: the address that uploaded pictures are read from. version: an older one's documents.
    """
    today = agent.told
    told = version or today
    if told.pk == today.pk:
        settings = settings_in_force(told, agent)
    else:
        settings = filled_platform_settings(told)
    return {
        "procedures": {},
        **told.other,
        "agent_id": agent.pk,
        "name": agent.name,
        "conversation_config": filled_conversation_config(told),
        "metadata": {
            "created_at_unix_secs": unix(agent.created_at),
            "updated_at_unix_secs": unix(agent.updated_at),
        },
        "platform_settings": settings | {"widget": seen_from(server, settings["widget"])},
        "phone_numbers": [],
        "whatsapp_accounts": [],
        "workflow": filled_workflow(told),
        "access_info": access_info(agent.made_by, reader),
        "tags": agent.tags,
        "version_id": told.pk,
        "branch_id": None,
        "main_branch_id": None,
    }


def agent_summary(
    agent: Agent, reader: User | None = None, last_call: datetime | None = None
) -> JSON:
    """Reads no document: lists may be long."""
    return {
        "agent_id": agent.pk,
        "name": agent.name,
        "voice_id": agent.voice_id or Tts.model_fields["voice_id"].default,
        "tags": agent.tags,
        "created_at_unix_secs": unix(agent.created_at),
        "updated_at_unix_secs": unix(agent.updated_at),
        "access_info": access_info(agent.made_by, reader),
        "last_call_time_unix_secs": None if last_call is None else unix(last_call),
        "archived": agent.archived,
    }


def access_info(maker: User | None, reader: User | None) -> JSON:
    """Who made a thing; a key opens all of its workspace, so its holder is an admin."""
    return {
        "is_creator": maker is not None and maker == reader,
        "creator_name": str(maker) if maker else "",
        "creator_email": maker.email if maker else "",
        "role": "admin",
    }


def unix(moment: datetime) -> int:
    return int(moment.timestamp())


class _Told:
    """A version's document as a key: versions never change, so what was made of one may be kept."""

    def __init__(self, pk: str, document: Any) -> None:
        self.pk = pk
        self.document = document

    def __hash__(self) -> int:
        return hash(self.pk)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, _Told) and self.pk == other.pk and self.document == other.document


@lru_cache(maxsize=256)
def _conversation_config(told: _Told) -> ConversationConfig:
    return ConversationConfig.model_validate(mended(ConversationConfig, told.document))


@lru_cache(maxsize=256)
def _filled(kind: type[Document], told: _Told) -> JSON:
    return filled(kind, told.document)
