"""`manage.py simulate AGENT_ID --as "a hurried customer"`: a simulated visitor tries an agent."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from contextlib import aclosing
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.agents.models import Agent
from dashboard.engine.events import Ended, TurnTaken
from dashboard.engine.judge import Outcome
from dashboard.engine.ports import ModelTrouble
from dashboard.engine.turns import Turn
from dashboard.engine.variables import MissingVariable
from dashboard.simulations.playbill import line, line_of_verdict, lines_of, lines_of_findings
from dashboard.simulations.runs import NoModel, Stage, stage


class Command(BaseCommand):
    help = (
        "Let an agent talk to a visitor played by a model, and judge the talk. Nothing is stored. "
        "The exit status is 1 when the judgement is a failure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("agent_id")
        parser.add_argument("--as", dest="who", required=True, help="who the visitor is")
        parser.add_argument(
            "--turns", type=_at_least_one, default=6, help="how often the visitor may write"
        )
        parser.add_argument(
            "--expect", action="append", default=[], help="a further goal to judge by; repeatable"
        )
        parser.add_argument(
            "--variable", action="append", default=[], type=_pair, help="name=value; repeatable"
        )
        parser.add_argument(
            "--real-tools", action="store_true", help="really call the agent's webhook tools"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        agent = Agent.objects.filter(pk=options["agent_id"]).first()
        if agent is None:
            raise CommandError(f"There is no agent {options['agent_id']}.")
        try:
            staged = stage(
                agent.told,
                options["who"],
                variables=dict(options["variable"]),
                extra=options["expect"],
                real_tools=options["real_tools"],
            )
            outcome = asyncio.run(self._play(staged, 2 * options["turns"]))
        except MissingVariable as missing:
            raise CommandError(f"{missing}. Pass --variable {missing.name}=…") from None
        except (NoModel, ModelTrouble) as trouble:
            raise CommandError(str(trouble)) from None
        if outcome is Outcome.FAILURE:
            raise SystemExit(1)

    async def _play(self, staged: Stage, max_turns: int) -> Outcome:
        turns: list[Turn] = []
        async with aclosing(staged.run(max_turns)) as events:
            async for event in events:
                for shown in lines_of(event):
                    self._say(shown)
                if isinstance(event, TurnTaken):
                    turns.append(event.turn)
                elif isinstance(event, Ended):
                    self._say(line("Ended", f"{event.reason.replace('_', ' ')}. {event.note}"))
        self._say(line("", f"· judging {len(staged.asked.criteria)} criteria"))
        findings = await staged.judged(turns)
        for shown in lines_of_findings(findings):
            self._say(shown)
        for criterion, verdict in zip(staged.asked.criteria, findings.verdicts, strict=True):
            self._say(line_of_verdict(criterion.name, verdict))
        return findings.outcome

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError
    return name, value
