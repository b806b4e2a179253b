"""What an agent is told, checked and written: a version, and the rows that enforce and find it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .allowlist import host_of
from .documents import (
    ConversationConfig,
    PlatformSettings,
    Unfit,
    Workflow,
    bounded,
    checked,
    filled,
    filled_conversation_config,
    filled_platform_settings,
    filled_workflow,
    same,
)
from .models import Agent, AgentVersion, AllowedHost, CallLimits
from .needs import note_needs
from .tool_dialect import in_rest_form

PARTS = ("conversation_config", "platform_settings", "workflow", "other")
Told = dict[str, Any]  # by part


def fit(told: Told) -> tuple[Told, PlatformSettings]:
    """The documents with their tools in the REST form, and the settings typed. Raises Unfit."""
    bounded(told)
    told = told | {"conversation_config": _with_rest_tools(told["conversation_config"])}
    checked(ConversationConfig, told["conversation_config"], "conversation_config")
    if told["workflow"] is not None:
        checked(Workflow, told["workflow"], "workflow")
    procedures = told["other"].get("procedures")
    if procedures is not None and not isinstance(procedures, Mapping):
        message = "Input should be a valid dictionary"
        raise Unfit([{"loc": ["procedures"], "msg": message, "type": "dict_type"}])
    return told, checked(PlatformSettings, told["platform_settings"], "platform_settings")


def _with_rest_tools(config: Any) -> Any:
    """Inline tools may come in the dashboard's list form (contract rest.md §9.1)."""
    agent = config.get("agent") if isinstance(config, Mapping) else None
    prompt = agent.get("prompt") if isinstance(agent, Mapping) else None
    tools = prompt.get("tools") if isinstance(prompt, Mapping) else None
    if not isinstance(tools, list) or not isinstance(agent, Mapping):
        return config
    place = ("conversation_config", "agent", "prompt", "tools")
    read = [in_rest_form(tool, *place, number) for number, tool in enumerate(tools)]
    return {**config, "agent": {**agent, "prompt": {**prompt, "tools": read}}}  # type: ignore[dict-item]  # a mapping, as its tools were found


def changed(old: AgentVersion, told: Told) -> bool:
    """Whether clients would read anything else: naming a default changes nothing."""
    if all(getattr(old, part) == document for part, document in told.items()):
        return False
    workflow = told["workflow"]
    return not (
        same(
            filled_conversation_config(old), filled(ConversationConfig, told["conversation_config"])
        )
        and same(filled_platform_settings(old), filled(PlatformSettings, told["platform_settings"]))
        and same(filled_workflow(old), None if workflow is None else filled(Workflow, workflow))
        and same({"procedures": {}} | old.other, {"procedures": {}} | dict(told["other"]))
    )


def tell(agent: Agent, version: AgentVersion, settings: PlatformSettings) -> None:
    """Write the version, and the rows that enforce what it says about visitors."""
    version.agent = agent
    version.save(force_insert=True)
    agent.version, agent.archived = version, settings.archived
    agent.voice_id = str(filled_conversation_config(version)["tts"]["voice_id"])
    agent.save(update_fields=["name", "tags", "version", "archived", "voice_id", "updated_at"])
    _enforce(agent, settings)
    note_needs(agent, version)


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
            "shareable_token": auth.shareable_token or "",
            "refusal_text": limits.refusal_message,
            "messages_a_minute": limits.messages_per_minute,
        },
    )
    hosts = list(dict.fromkeys(host_of(item.hostname) for item in auth.allowlist))
    agent.allowed_hosts.all().delete()
    AllowedHost.objects.bulk_create(AllowedHost(agent=agent, hostname=host) for host in hosts)
