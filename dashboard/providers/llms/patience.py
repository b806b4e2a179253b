"""Patience with models: time-outs, another try before the first word, then another model."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from dashboard.engine.ports import LLM, Ask, ModelTrouble, Piece, Queued, Said
from dashboard.engine.turns import Usage

from .queue import NOTICED, Busy, Gated, Priority, turn_at


@dataclass(frozen=True)
class Limits:
    """Seconds. `tries`: how often each model is asked; `longest_wait`: before another try."""

    first: float = 20.0
    between: float = 20.0
    total: float = 120.0
    tries: int = 3
    longest_wait: float = 5.0


class Patient:
    """Asks the models in order. Once something was said there is no way back: trouble is raised.

    A sign of life (an empty `Said`, while a model thinks) holds off the time-outs, except `total`.
    Each try waits for its own turn where a model has a queue; the times begin when it is its turn.
    """

    def __init__(
        self,
        llms: Sequence[LLM],
        limits: Limits = Limits(),
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.llms = llms
        self._limits = limits
        self._sleep = sleep
        self._chance = chance

    def behind(self, priority: Priority) -> Patient:
        """The same models, for somebody who waits for them with this priority."""
        llms = [llm.behind(priority) if isinstance(llm, Gated) else llm for llm in self.llms]
        return Patient(llms, self._limits, sleep=self._sleep, chance=self._chance)

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        until = asyncio.get_running_loop().time() + self._limits.total
        trouble = ModelTrouble("No model is set up.", transient=False)
        for llm in self.llms:
            for attempt in range(self._limits.tries):
                begun = False
                try:
                    async with aclosing(self._attempt(llm, ask, until)) as pieces:
                        async for piece in pieces:
                            if isinstance(piece, Queued):
                                until += piece.seconds
                            else:
                                begun = True
                            yield piece
                    return
                except ModelTrouble as error:
                    trouble = error
                if begun:
                    raise trouble
                wait = self._wait(trouble, attempt, until)
                if wait is None:
                    break
                await self._sleep(wait)
        raise trouble

    def _wait(self, trouble: ModelTrouble, attempt: int, until: float) -> float | None:
        """Seconds before the same model is asked again; None: ask the next one."""
        if not trouble.transient or attempt + 1 >= self._limits.tries:
            return None
        if isinstance(trouble, Busy):  # it has waited long enough in this queue
            return None
        wait = trouble.retry_after
        if wait is None:  # jitter: many sessions that failed together must not return together
            wait = 0.25 * 2**attempt * (0.5 + self._chance())
        left = until - asyncio.get_running_loop().time()
        return wait if wait <= min(self._limits.longest_wait, left) else None

    async def _attempt(self, llm: LLM, ask: Ask, until: float) -> AsyncGenerator[Piece, None]:
        """One answer: when it is our turn, within its time."""
        async with turn_at(llm) as turn:
            if turn.waited >= NOTICED:
                yield Queued(turn.waited)
            pieces = self._timed(turn.llm, ask, until + turn.waited)
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece

    async def _timed(self, llm: LLM, ask: Ask, until: float) -> AsyncGenerator[Piece, None]:
        """What only counts tokens waits for what is said."""
        patience, usage, begun = self._limits.first, None, False
        pieces = llm.answer(ask)
        try:
            while (piece := await self._next(pieces, patience, until)) is not None:
                patience = self._limits.between
                if isinstance(piece, Usage):
                    usage = piece
                elif piece != Said(""):
                    begun = True
                    yield piece
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()
        if not begun:
            raise ModelTrouble("The model answered with nothing.")
        if usage:
            yield usage

    async def _next(
        self, pieces: AsyncIterator[Piece], seconds: float, until: float
    ) -> Piece | None:
        left = until - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(seconds, left)):
                return await anext(pieces, None)
        except TimeoutError:
            if left <= seconds:
                reason = f"The model needed more than {self._limits.total:g} seconds."
            else:
                reason = f"The model was silent for {seconds:g} seconds."
            raise ModelTrouble(reason) from None
