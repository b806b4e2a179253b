"""An agent talks to a simulated visitor, or answers a past one again, and is judged."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.agents.briefing import Wishes
from dashboard.agents.documents import conversation_config, platform_settings
from dashboard.agents.models import AgentVersion
from dashboard.agents.speaker import judge_llm, speaker_for
from dashboard.agents.tool_documents import WebhookTool, tools_of
from dashboard.agents.toolbox import CALLED
from dashboard.conversations.enclosures import Enclosures
from dashboard.conversations.findings import Findings, Questions, find_out, questions
from dashboard.conversations.models import Conversation
from dashboard.conversations.turns import as_turn
from dashboard.engine.events import Event
from dashboard.engine.judge import EvaluationCriterion, Verdict, judge
from dashboard.engine.ports import LLM, Speaker
from dashboard.engine.replay import Pair, Remembered, replay
from dashboard.engine.simulate import played_by, simulate
from dashboard.engine.turns import Turn, agent, visitor
from dashboard.engine.variables import Value
from dashboard.providers.llms.extractive import ExtractiveLLM

NEEDS_A_MODEL = (
    "The built-in answerer quotes documents; it can neither play a visitor nor judge. Connect a "
    "model: in the dashboard, or by PARLEY_LLM_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY, "
    "GEMINI_API_KEY or OLLAMA_URL."
)


class NoModel(Exception):
    """What is asked for takes a model, and none is set up."""

    def __init__(self) -> None:
        super().__init__(NEEDS_A_MODEL)


@dataclass(frozen=True)
class Stage:
    """Everything that one simulation needs; taken from the database before it starts."""

    speaker: Speaker
    guest: Speaker
    asked: Questions
    judge: LLM

    def run(self, max_turns: int) -> AsyncGenerator[Event, None]:
        return simulate(self.speaker, self.guest, max_turns=max_turns)

    async def judged(self, turns: Sequence[Turn]) -> Findings:
        """By the agent's own criteria and fields, and the extra ones; raises ModelTrouble."""
        return await find_out(self.asked, turns, self.judge)


def stage(
    version: AgentVersion,
    who: str,
    *,
    variables: Mapping[str, Value | None] | None = None,
    extra: Sequence[str] = (),
    real_tools: bool = False,
) -> Stage:
    """An agent and a visitor who is `who`. Tools only seem to be called, unless `real_tools`.

    `extra`: what is expected of the agent besides its own criteria.
    Raises NoModel, or engine.variables.MissingVariable.
    """
    variables = variables or {}
    mocks = {} if real_tools else _mocks(version)
    speaker = speaker_for(version, Wishes(variables=variables), mocks=mocks).speaker
    asked = questions(platform_settings(version), variables)
    return Stage(
        speaker,
        played_by(_model(speaker.llm), who),
        replace(asked, criteria=asked.criteria + expectations(extra)),
        _model(judge_llm(version)),
    )


def expectations(texts: Sequence[str]) -> tuple[EvaluationCriterion, ...]:
    return tuple(
        EvaluationCriterion(f"expected_{number}", f"Expectation {number}", text)
        for number, text in enumerate(texts, 1)
    )


@dataclass(frozen=True)
class Rerun:
    """A past conversation, and the agent as it is today."""

    speaker: Speaker
    past: Sequence[Turn]
    judge: LLM

    def pairs(self) -> AsyncGenerator[Pair, None]:
        return replay(self.speaker, self.past)

    async def meets(self, pair: Pair, expected: EvaluationCriterion) -> Verdict:
        """Does the new answer do what is expected? Raises NoModel, ModelTrouble."""
        return await judge(
            _model(self.judge), expected, (visitor(pair.question), agent(pair.after))
        )


def rerun(conversation: Conversation) -> Rerun:
    """Today's agent before yesterday's visitor; tools answer as they did then.

    Raises engine.variables.MissingVariable.
    """
    version = conversation.agent.told
    variables = conversation.initiation.get("dynamic_variables") or {}
    speaker = speaker_for(version, Wishes(variables=variables)).speaker
    past = [as_turn(row) for row in conversation.turns.all()]
    tools = Remembered(speaker.toolbox.specs, past)
    most = conversation_config(version).conversation.file_input.max_files_in_memory
    files = Enclosures(conversation.pk, most)
    return Rerun(replace(speaker, toolbox=tools, files=files), past, judge_llm(version))


def _mocks(version: AgentVersion) -> dict[str, str]:
    """Webhook tools are not called; client tools have no page to run in anyway."""
    tools = tools_of(version.conversation_config).tools
    return {tool.spec.name: CALLED for tool in tools if isinstance(tool, WebhookTool)}


def _model(llm: LLM) -> LLM:
    if isinstance(llm, ExtractiveLLM):
        raise NoModel
    return llm
