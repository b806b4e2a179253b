"""The one place where an agent is put together: a version and an occasion become a Speaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from dashboard.engine.ports import LLM, Speaker
from dashboard.knowledge.search import library_for
from dashboard.workspaces import ids

from .briefing import Occasion, Wishes, brief_for, talks_in_text, values_for
from .documents import ConversationConfig, conversation_config
from .model_choice import choose
from .models import AgentVersion
from .toolbox import ClientTools, toolbox_for


@dataclass(frozen=True)
class Casting:
    """A speaker, and what whoever gives it the floor must know about this conversation."""

    speaker: Speaker
    config: ConversationConfig
    model: str
    text_only: bool
    warnings: tuple[str, ...] = ()


def speaker_for(
    version: AgentVersion,
    wishes: Wishes | None = None,
    *,
    occasion: Occasion | None = None,
    client_tools: ClientTools | None = None,
    mocks: Mapping[str, str] | None = None,
) -> Casting:
    """Raises briefing.OverrideRefused or engine.variables.MissingVariable."""
    wishes = wishes or Wishes()
    occasion = occasion or Occasion(ids.conversation_id(), timezone.now())
    config = conversation_config(version)
    prompt = config.agent.prompt
    values = values_for(version, wishes, occasion)
    brief = brief_for(version, wishes, values)
    toolbox = toolbox_for(version, client_tools=client_tools, variables=values, mocks=mocks)
    workspace = version.agent.workspace
    choice = choose(
        workspace,
        str(wishes.get("agent.prompt.llm", _named(version))),
        prompt.custom_llm.model_dump() if prompt.custom_llm else None,
    )
    library = library_for(workspace, [locator.id for locator in prompt.knowledge_base])
    return Casting(
        Speaker(brief, choice.llm, toolbox, library),
        config,
        choice.name,
        talks_in_text(version, wishes),
        (*choice.warnings, *toolbox.unresolved()),
    )


def judge_llm(version: AgentVersion) -> LLM:
    """The model that judges this version's conversations (`platform_settings.analysis_llm`)."""
    return judge_of(version)[0]


def judge_of(version: AgentVersion) -> tuple[LLM, str]:
    """The judging model and its name for people."""
    config = conversation_config(version)
    wanted = version.platform_settings.get("analysis_llm") or _named(version)
    custom = config.agent.prompt.custom_llm
    choice = choose(version.agent.workspace, wanted, custom.model_dump() if custom else None)
    return choice.llm, choice.name


def _named(version: AgentVersion) -> str:
    """The model that the owner has named; the contract's default is nobody's wish."""
    return version.part("agent", "prompt", "llm") or ""
