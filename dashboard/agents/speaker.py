"""The one place where an agent is put together: a version and an occasion become a Speaker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone

from dashboard.engine.brief import Brief
from dashboard.engine.ports import LLM, Library, Speaker
from dashboard.engine.variables import MissingVariable, Moving, UnfitVariable
from dashboard.knowledge.search import library_for
from dashboard.workspaces import ids
from dashboard.workspaces.models import Workspace

from . import overriding, tool_variables
from .briefing import (
    Occasion,
    Wishes,
    brief_of,
    longest_message,
    talks_in_text,
    values_for,
)
from .documents import ConversationConfig, conversation_config
from .documents.conversation_config import FileInput
from .llm_catalog import context_tokens
from .model_choice import Choice, as_judge, choose
from .models import AgentVersion
from .overriding import Told
from .toolbox import ClientTools, toolbox_for

_PASSAGES = 6  # of an answer, where the owner has not said how many


@dataclass(frozen=True)
class Casting:
    """A speaker, and what whoever gives it the floor must know about this conversation.

    Everything is as it holds after the overrides. Times are seconds; −1 for the last two: never.
    `brief_in`: the brief when the agent goes on in another language. It never raises.
    """

    speaker: Speaker
    config: ConversationConfig
    model: str
    text_only: bool
    brief_in: Callable[[str], Brief]
    warnings: tuple[str, ...] = ()
    longest_seconds: float = 600
    longest_message: str = ""
    turn_timeout: float = 7
    silence_seconds: float = -1
    file_input: FileInput = field(default_factory=FileInput)


def speaker_for(
    version: AgentVersion,
    wishes: Wishes | None = None,
    *,
    occasion: Occasion | None = None,
    client_tools: ClientTools | None = None,
    mocks: Mapping[str, str] | None = None,
    checked: bool = False,
) -> Casting:
    """Raises overriding.OverrideRefused, variables.UnfitVariable or variables.MissingVariable.

    `checked`: these wishes were allowed at the start of a conversation that now goes on.
    """
    wishes = wishes or Wishes()
    occasion = occasion or Occasion(ids.conversation_id(), timezone.now())
    if not checked:
        overriding.check(version, wishes)
    told = overriding.told(version, wishes)
    values = values_for(version, wishes, occasion)
    brief = brief_of(told, wishes, values)
    toolbox = toolbox_for(
        version, client_tools=client_tools, variables=values, mocks=mocks, told=told.tree
    )
    if not checked:
        tool_variables.check(toolbox.real, values.keys(), toolbox.assigned)
    choice = _choice(version, told.config, _named(told.tree))
    brief = replace(brief, model=choice.name, context_tokens=context_tokens(choice.name))
    return Casting(
        Speaker(brief, choice.llm, toolbox, _library(version.agent.workspace, told)),
        told.config,
        choice.name,
        talks_in_text(version, wishes),
        lambda language: _brief_in(version, wishes, values, language, brief),
        (*choice.warnings, *toolbox.unresolved()),
        told.config.conversation.max_duration_seconds,
        longest_message(told, values),
        told.config.turn.turn_timeout,
        told.config.turn.silence_end_call_timeout,
        told.config.conversation.file_input,
    )


def _choice(version: AgentVersion, config: ConversationConfig, wanted: str) -> Choice:
    custom = config.agent.prompt.custom_llm
    return choose(version.agent.workspace, wanted, custom.model_dump() if custom else None)


def _brief_in(
    version: AgentVersion, wishes: Wishes, values: Moving, language: str, brief: Brief
) -> Brief:
    """By the preset of that language; what it cannot fill, and the model, stay as they were."""
    try:
        spoken = brief_of(overriding.told(version, wishes, language), wishes, values)
    except (MissingVariable, UnfitVariable):
        return replace(brief, language=language)
    return replace(
        spoken,
        model=brief.model,
        context_tokens=brief.context_tokens,
        extra_body=brief.extra_body,
    )


def _library(workspace: Workspace, told: Told) -> Library | None:
    """What the agent knows, within the bounds that its owner has set (contract rest.md §5)."""
    prompt = told.config.agent.prompt
    said = _at(told.tree, "agent", "prompt", "rag")
    named = said if isinstance(said, Mapping) else {}
    return library_for(
        workspace,
        [locator.id for locator in prompt.knowledge_base],
        max_distance=prompt.rag.max_vector_distance if "max_vector_distance" in named else None,
        limit=prompt.rag.max_retrieved_rag_chunks_count
        if "max_retrieved_rag_chunks_count" in named
        else _PASSAGES,
        most_characters=prompt.rag.max_documents_length,
    )


def judge_llm(version: AgentVersion) -> LLM:
    """The model that judges this version's conversations (`platform_settings.analysis_llm`)."""
    return judge_of(version)[0]


def judge_of(version: AgentVersion) -> tuple[LLM, str]:
    """The judging model and its name for people."""
    config = conversation_config(version)
    wanted = version.platform_settings.get("analysis_llm") or _named(version.conversation_config)
    choice = _choice(version, config, wanted)
    return as_judge(choice.llm), choice.name


def _named(tree: Mapping[str, Any]) -> str:
    """The model that somebody has named; the contract's default is nobody's wish."""
    named = _at(tree, "agent", "prompt", "llm")
    return named if isinstance(named, str) else ""


def _at(tree: Any, *path: str) -> Any:
    for name in path:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree
