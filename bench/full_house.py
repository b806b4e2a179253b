"""Fill a database with agents and conversations, as a busy workspace has after a year.

python -m bench.full_house --agents 2000 --conversations 100000, with PARLEY_HOME or DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import django
from django.db import transaction
from django.utils import timezone

CHUNK = 2_000
TOOL, CALLING = "find_parcel", 2  # which turn calls it
PLANS = ("free", "pro", "team")
THINGS = ("parcel", "invoice", "refund", "address", "voucher", "return", "warranty", "sofa")
SAID = (
    ("agent", "Hello! How can I help?"),
    ("user", "Hello, I am {who}. Can you tell me about my {thing}?"),
    ("agent", "Let me look that up for you. One moment please."),
    ("user", "Thanks. I have waited for a week, and nobody could tell me when it arrives."),
    ("agent", "It is on its way and arrives tomorrow before noon, as far as we know."),
    ("user", "Thank you, that is all I wanted to know."),
)


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
    """Conversations over the last year, each judged, with six turns; yields how many there are.

    Oldest first, as they come to be. The same ones each time: nothing in them is random but which
    agent, which visitor and which moment.
    """
    from dashboard.conversations.models import Analysis, Conversation, Fact, StoredTurn, ToolRun

    chance = random.Random(1)
    began = timezone.now() - timedelta(days=365)
    moments = sorted(chance.randrange(364 * 86_400) for _ in range(count))
    drawn = (
        _conversation(workspace, chance.choice(agents), began + timedelta(seconds=moment), chance)
        for moment in moments
    )
    done = 0
    while some := list(islice(drawn, CHUNK)):
        with transaction.atomic():
            Conversation.objects.bulk_create(some, batch_size=CHUNK)
            for kept, rows in (
                (Analysis, (_analysis(talk) for talk in some)),
                (StoredTurn, (turn for talk in some for turn in _turns(talk))),
                (Fact, (fact for talk in some for fact in _facts(talk))),
                (ToolRun, (_run(talk) for talk in some if talk.tool_names)),
            ):
                kept.objects.bulk_create(rows, batch_size=CHUNK)
        done += len(some)
        yield done


def _conversation(workspace: Any, agent: Any, started: datetime, chance: random.Random) -> Any:
    from dashboard.conversations.models import Conversation, Outcome, Status

    lasted = chance.randrange(10, 600)
    used = [[], [TOOL], []][chance.randrange(3)]
    return Conversation(
        workspace=workspace,
        agent=agent,
        version=agent.version,
        status=Status.DONE,
        started_at=started,
        ended_at=started + timedelta(seconds=lasted),
        lasted=lasted,
        ended_because="end_call",
        visitor_id=f"visitor-{chance.randrange(20_000)}",
        source="widget",
        initiation={"dynamic_variables": {"plan": chance.choice(PLANS)}},
        message_count=len(SAID),
        visitor_messages=sum(role == "user" for role, _ in SAID),
        tool_names=used,
        outcome=[Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN][chance.randrange(3)],
        rating=chance.choice([None, None, None, 1, 5]),
    )


def _analysis(talk: Any) -> Any:
    from dashboard.conversations.models import Analysis

    return Analysis(
        conversation=talk,
        outcome=talk.outcome,
        title="A late parcel",
        summary="The visitor asked where a parcel was and was told.",
        verdicts=[{"id": "kind", "name": "Kind", "outcome": talk.outcome, "rationale": "It was."}],
        collected=[{"id": "topic", "value": _thing(talk), "rationale": "Named."}],
    )


def _turns(talk: Any) -> Iterator[Any]:
    from dashboard.conversations.models import StoredTurn

    for number, (role, message) in enumerate(SAID):
        calls, results = [], []
        if number == CALLING and talk.tool_names:
            of = {"name": TOOL, "tool_id": "", "kind": "webhook", "seconds": 0.2}
            calls = [{"id": "call-1", "name": TOOL, "arguments": {"n": 1}, "garbled": None}]
            results = [of | {"call_id": "call-1", "output": "On its way."} | _outcome(talk)]
        yield StoredTurn(
            conversation=talk,
            number=number,
            role=role,
            message=message.format(who=talk.visitor_id, thing=_thing(talk)),
            tool_calls=calls,
            tool_results=results,
            seconds_in=number * 2,
        )


def _facts(talk: Any) -> Iterator[Any]:
    """As they are kept when a conversation ends and when it has been judged."""
    from dashboard.conversations import facts
    from dashboard.conversations.models import Fact

    verdicts = [{"id": "kind", "outcome": talk.outcome.value}]
    collected = [{"id": "topic", "value": _thing(talk)}]
    found = facts.in_initiation(talk.initiation) + facts.in_analysis(verdicts, collected)
    for fact in found:
        yield Fact(workspace_id=talk.workspace_id, conversation=talk, **vars(fact))


def _run(talk: Any) -> Any:
    from dashboard.conversations.models import ToolRun

    return ToolRun(
        workspace_id=talk.workspace_id,
        conversation=talk,
        agent_id=talk.agent_id,
        tool_name=TOOL,
        kind="webhook",
        request_id="call-1",
        at=talk.started_at + timedelta(seconds=CALLING * 2),
        seconds=0.2,
        is_error=_outcome(talk)["is_error"],
        request_payload='{"n":1}',
        response_payload="On its way.",
    )


def _outcome(talk: Any) -> dict[str, bool]:
    return {"is_error": talk.lasted % 20 == 0, "unanswered": False}


def _thing(talk: Any) -> str:
    """What it is about: a few things come up often, many of them hardly ever."""
    return f"{THINGS[talk.lasted % len(THINGS)]} number{int(talk.started_at.timestamp()) % 5_000}"


if __name__ == "__main__":
    main()
