"""`manage.py replay CONVERSATION_ID`: what would today's agent have answered?"""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from contextlib import aclosing
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.conversations.models import Conversation
from dashboard.engine.judge import EvaluationCriterion, Outcome
from dashboard.engine.ports import ModelTrouble
from dashboard.engine.variables import MissingVariable
from dashboard.simulations.playbill import line_of_verdict, lines_of_pair
from dashboard.simulations.runs import NoModel, Rerun, expectations, rerun


class Command(BaseCommand):
    help = (
        "Put a past visitor's messages to the agent as it is today, and show both answers. Tools "
        "answer as they did then; nothing is stored. The exit status is 1 when an answer does "
        "not do what --expect asks for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("conversation_id")
        parser.add_argument(
            "--expect", action="append", default=[], help="what each answer must do; repeatable"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = Conversation.objects.select_related("agent__version", "agent__workspace")
        conversation = found.filter(pk=options["conversation_id"]).first()
        if conversation is None:
            raise CommandError(f"There is no conversation {options['conversation_id']}.")
        try:
            again = rerun(conversation)
            met = asyncio.run(self._play(again, expectations(options["expect"])))
        except MissingVariable as missing:
            raise CommandError(f"{missing}, and the conversation had none.") from None
        except (NoModel, ModelTrouble) as trouble:
            raise CommandError(str(trouble)) from None
        if not met:
            raise SystemExit(1)

    async def _play(self, again: Rerun, expected: tuple[EvaluationCriterion, ...]) -> bool:
        met = True
        async with aclosing(again.pairs()) as pairs:
            async for pair in pairs:
                for shown in lines_of_pair(pair):
                    self._say(shown)
                for criterion in expected:
                    verdict = await again.meets(pair, criterion)
                    met = met and verdict.outcome is not Outcome.FAILURE
                    self._say(line_of_verdict(criterion.goal, verdict))
                self._say("")
        return met

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
