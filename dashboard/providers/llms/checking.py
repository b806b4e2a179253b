"""Does a model answer at all? One short question, for whoever sets it up."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from dashboard.engine.ports import Ask, ModelTrouble
from dashboard.engine.turns import visitor

from .backends import Backend, llm_named
from .patience import Limits, Patient

_QUESTION = Ask("Answer with one word.", (visitor("Say hello."),))


@dataclass(frozen=True)
class Checked:
    """`reason`: why it does not work; empty when it does."""

    works: bool
    seconds_to_first: float
    reason: str = ""


async def check(
    backend: Backend, limits: Limits = Limits(tries=1), clock: Callable[[], float] = time.monotonic
) -> Checked:
    """Ask once and wait for the first word."""
    start = clock()
    try:
        async with aclosing(Patient([llm_named(backend)], limits).answer(_QUESTION)) as pieces:
            await anext(pieces)
    except (ModelTrouble, ValueError) as trouble:
        return Checked(False, clock() - start, str(trouble))
    return Checked(True, clock() - start)
