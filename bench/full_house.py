"""Fill a database with agents and conversations, as a busy workspace has after a year.

python -m bench.full_house --agents 2000 --conversations 100000, with PARLEY_HOME or DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import django

CHUNK = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=2_000)
    parser.add_argument("--conversations", type=int, default=100_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    from dashboard.workspaces.models import Workspace

    workspace = Workspace.objects.earliest("created_at")
    agents = fill_with_agents(workspace, options.agents)
    for done in fill_with_conversations(workspace, agents, options.conversations):
        print(f"\r  {done:,} of {options.conversations:,} conversations", end="", file=sys.stderr)
    print(file=sys.stderr)


def fill_with_agents(workspace: Any, count: int) -> list[Any]:
    """Agents with their one version and their limits; none of the others is touched."""
    from dashboard.agents.models import Agent, AgentVersion, CallLimits

    agents = [
        Agent(workspace=workspace, name=f"Agent {n}", tags=["even" if n % 2 == 0 else "odd"])
        for n in range(count)
    ]
    Agent.objects.bulk_create(agents, batch_size=CHUNK)
    prompt = {"prompt": "Be kind, be brief. " * 50, "llm": "stub"}
    config = {"agent": {"prompt": prompt}, "conversation": {"text_only": True}}
    versions = [
        AgentVersion(agent=agent, number=1, conversation_config=config, platform_settings={})
        for agent in agents
    ]
    AgentVersion.objects.bulk_create(versions, batch_size=CHUNK)
    for agent, version in zip(agents, versions, strict=True):
        agent.version = version
    Agent.objects.bulk_update(agents, ["version"], batch_size=500)
    CallLimits.objects.bulk_create((CallLimits(agent=agent) for agent in agents), batch_size=CHUNK)
    return agents


def fill_with_conversations(workspace: Any, agents: list[Any], count: int) -> Iterator[int]:
    """Conversations over the last year, each judged, with three turns; yields how many there are.

    The same ones each time: nothing in them is random but which agent and which moment.
    """
    from dashboard.conversations.models import Analysis, Conversation, StoredTurn

    chance = random.Random(1)
    drawn = (_conversation(workspace, chance.choice(agents), chance) for _ in range(count))
    done = 0
    while some := list(islice(drawn, CHUNK)):
        Conversation.objects.bulk_create(some, batch_size=CHUNK)
        Analysis.objects.bulk_create((_analysis(talk) for talk in some), batch_size=CHUNK)
        turns = [turn for talk in some for turn in _turns(talk)]
        StoredTurn.objects.bulk_create(turns, batch_size=CHUNK)
        done += len(some)
        yield done


def _conversation(workspace: Any, agent: Any, chance: random.Random) -> Any:
    from django.utils import timezone

    from dashboard.conversations.models import Conversation, Status

    started = timezone.now() - timedelta(seconds=chance.randrange(365 * 86_400))
    return Conversation(
        workspace=workspace,
        agent=agent,
        version=agent.version,
        status=Status.DONE,
        started_at=started,
        ended_at=started + timedelta(seconds=chance.randrange(10, 600)),
        ended_because="end_call",
        visitor_id=f"visitor-{chance.randrange(20_000)}",
        source="widget",
        message_count=3,
    )


def _analysis(talk: Any) -> Any:
    from dashboard.conversations.models import Analysis, Outcome

    solved = talk.started_at.second % 3
    outcome = [Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN][solved]
    return Analysis(
        conversation=talk,
        outcome=outcome,
        title="A late parcel",
        summary="The visitor asked where a parcel was and was told.",
        verdicts=[{"id": "kind", "name": "Kind", "outcome": outcome, "rationale": "It was."}],
        collected=[{"id": "topic", "value": "parcel", "rationale": "Named."}],
    )


def _turns(talk: Any) -> Iterator[Any]:
    from dashboard.conversations.models import StoredTurn

    said = [
        ("agent", "Hello! How can I help?"),
        ("user", f"Where is my parcel {talk.visitor_id}?"),
        ("agent", "It is on its way and arrives tomorrow before noon."),
    ]
    for number, (role, message) in enumerate(said):
        yield StoredTurn(conversation=talk, number=number, role=role, message=message)


if __name__ == "__main__":
    main()
