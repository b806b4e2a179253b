"""Functions in the visitor's page: called by a frame, answered by a frame, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dashboard.engine.turns import ToolCall, ToolResult

CALLED = "Tool Called."


class PageTools:
    """Calls that wait for their page. Late, doubled and unasked results are ignored."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[tuple[str, bool]]] = {}
        self._send: Callable[[ToolCall, bool], None] = lambda call, is_awaited: None

    def reach(self, send: Callable[[ToolCall, bool], None]) -> None:
        """Where calls go from now on, each with whether its answer is waited for."""
        self._send = send

    async def call(self, call: ToolCall, *, expects_response: bool, timeout: float) -> ToolResult:
        """Ask the page. `timeout`: seconds; without an expected response nobody waits."""
        if not expects_response:
            self._send(call, False)
            return ToolResult(call.id, call.name, CALLED)
        answer: asyncio.Future[tuple[str, bool]] = asyncio.get_running_loop().create_future()
        self._waiting[call.id] = answer
        try:
            self._send(call, True)
            async with asyncio.timeout(timeout):
                output, is_error = await answer
        except TimeoutError:
            output, is_error = f"The page did not answer within {timeout:g} seconds.", True
        finally:
            del self._waiting[call.id]
        return ToolResult(call.id, call.name, output, is_error=is_error)

    def answered(self, call_id: str, output: str, is_error: bool) -> None:
        """The page's answer, if anybody still waits for it."""
        answer = self._waiting.get(call_id)
        if answer and not answer.done():
            answer.set_result((output, is_error))

    def hang_up(self) -> None:
        """The page has gone: nobody will answer what is waiting."""
        self._stop_waiting("The page was closed before it answered.")

    def give_up(self) -> None:
        """The visitor goes on without waiting for the page."""
        self._stop_waiting("The visitor went on before the page answered.")

    def _stop_waiting(self, why: str) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result((why, True))
