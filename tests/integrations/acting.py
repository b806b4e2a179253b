"""A ready-made agent against a stand-in of its outside system, from the form to the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async

from dashboard.agents.documents import conversation_config
from dashboard.agents.models import Agent, AgentVersion
from dashboard.agents.toolbox import toolbox_for
from dashboard.engine.brief import Brief
from dashboard.engine.events import TurnTaken
from dashboard.engine.ports import Speaker
from dashboard.engine.reply import reply
from dashboard.engine.turns import ToolCall, Turn, visitor
from dashboard.integrations.starting_point import StartingPoint
from dashboard.providers.llms.scripted import ScriptedLLM
from dashboard.workspaces import vault
from dashboard.workspaces.models import Workspace
from tests.stand_ins.service import Answerer, Asked, service


def agent_from(
    point: StartingPoint, workspace: Workspace, typed: Mapping[str, str]
) -> AgentVersion:
    """What the dashboard makes of what an owner types in."""
    given = {}
    for need in point.needs:
        value = typed[need.key]
        assert need.fits(value)
        if need.secret:
            value = vault.keep(workspace, need.label, need.kept_as(value)).pk
        given[need.key] = value
    agent = Agent.objects.create(workspace=workspace, name=point.agent_name)
    made = AgentVersion(agent=agent, number=1, conversation_config=point.conversation_config(given))
    conversation_config(made)  # the document is one that the API would take
    made.save()
    return made


def act(
    version: AgentVersion, settings: Any, api: str, answer: Answerer, calls: Sequence[ToolCall]
) -> tuple[list[Asked], list[Turn]]:
    """Let a scripted model make the calls, with `api` (an origin) standing on loopback.

    Gives what reached the stand-in, and the turns.
    """

    async def talk() -> tuple[list[Asked], list[Turn]]:
        async with service(answer) as there:
            settings.EGRESS_ALLOW = [there.where]
            told = json.dumps(version.conversation_config).replace(api, there.url)
            version.conversation_config = json.loads(told)
            box = await sync_to_async(toolbox_for)(version)
            assert box.unresolved() == []
            speaker = Speaker(Brief(), ScriptedLLM(*calls, "Done."), box)
            events = [e async for e in reply(speaker, [visitor("Please.")])]
            return there.asked, [e.turn for e in events if isinstance(e, TurnTaken)]

    return async_to_sync(talk)()
