"""An agent as clients read it: the whole document, and one line of a list (contract rest.md §4)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from dashboard.agents.allowlist import host_of
from dashboard.agents.models import Agent, AgentVersion
from dashboard.workspaces.models import User

from .conversation_config import ConversationConfig, Tts
from .document import JSON, filled
from .platform_settings import PlatformSettings, writable
from .workflow import Workflow


def conversation_config(version: AgentVersion) -> ConversationConfig:
    """What the agent was told, typed and with defaults; read it, do not change it."""
    return _conversation_config(_Told(version))


def platform_settings(version: AgentVersion) -> PlatformSettings:
    """The version's settings, typed. Who may start and how many is in the agent's rows."""
    return PlatformSettings.model_validate(version.platform_settings)


def filled_conversation_config(version: AgentVersion) -> JSON:
    return filled(ConversationConfig, version.conversation_config)


def filled_platform_settings(version: AgentVersion, agent: Agent) -> JSON:
    """The version's settings; what is enforced is in the agent's rows, whatever the version."""
    settings = filled(PlatformSettings, writable(version.platform_settings))
    sent = {host_of(item["hostname"]): item for item in settings["auth"]["allowlist"]}
    settings["auth"] |= {
        "enable_auth": agent.limits.needs_signature,
        "require_origin_header": agent.limits.needs_origin,
        "allowlist": [
            sent.get(row.hostname, {"hostname": row.hostname})
            for row in agent.allowed_hosts.order_by("id")
        ],
    }
    settings["call_limits"] |= {
        "agent_concurrency_limit": agent.limits.at_once,
        "daily_limit": agent.limits.a_day,
        "bursting_enabled": agent.limits.bursting,
    }
    settings["archived"] = agent.archived
    return settings


def agent_document(agent: Agent, reader: User | None = None) -> JSON:
    """Everything about an agent, with every key that strict clients demand."""
    version = agent.told
    return {
        "agent_id": agent.pk,
        "name": agent.name,
        "conversation_config": filled_conversation_config(version),
        "metadata": {
            "created_at_unix_secs": unix(agent.created_at),
            "updated_at_unix_secs": unix(agent.updated_at),
        },
        "platform_settings": filled_platform_settings(version, agent),
        "phone_numbers": [],
        "whatsapp_accounts": [],
        "workflow": None if version.workflow is None else filled(Workflow, version.workflow),
        "access_info": access_info(agent.made_by, reader),
        "tags": agent.tags,
        "version_id": version.pk,
        "branch_id": None,
        "main_branch_id": None,
        "procedures": {},
    }


def agent_summary(
    agent: Agent, reader: User | None = None, last_call: datetime | None = None
) -> JSON:
    return {
        "agent_id": agent.pk,
        "name": agent.name,
        "voice_id": agent.told.part("tts", "voice_id") or Tts.model_fields["voice_id"].default,
        "tags": agent.tags,
        "created_at_unix_secs": unix(agent.created_at),
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
    """A version as a key: versions never change, so what was made of one may be kept."""

    def __init__(self, version: AgentVersion) -> None:
        self.pk = version.pk
        self.document = version.conversation_config

    def __hash__(self) -> int:
        return hash(self.pk)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, _Told) and self.pk == other.pk and self.document == other.document


@lru_cache(maxsize=256)
def _conversation_config(told: _Told) -> ConversationConfig:
    return ConversationConfig.model_validate(told.document)
