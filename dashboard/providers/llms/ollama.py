"""Ollama by its own API: lines of JSON.

Not by its OpenAI route: only this one takes the context size (`options`), forces a shape on the
answer (`format`; Ollama has no `tool_choice` at all), and tells thoughts from words.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing

from dashboard.engine.ports import Ask, ModelTrouble, Piece, Said
from dashboard.engine.turns import Role, ToolCall, ToolSpec, Usage

from .arguments import made
from .backend import Backend
from .dialogue import steps
from .exchange import JSON, Request, converse, insisting, merged
from .refusals import BadRequest, late
from .sight import encoded, shown
from .thinking import Aloud

USUAL = "http://localhost:11434"


class Ollama:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        talk = converse(self._backend, self._request(ask), _Ear(self._backend))
        try:
            async with aclosing(talk), aclosing(insisting(ask, self._backend, talk)) as pieces:
                async for piece in pieces:
                    yield piece
        except BadRequest as refusal:
            if "does not support tools" not in refusal.complaint:
                raise
            reason = f"{self._backend.who} cannot use tools; choose a model that can."
            raise ModelTrouble(reason, transient=False) from None

    def _request(self, ask: Ask) -> Request:
        backend = self._backend
        seen = shown(ask, "ollama", backend.model)
        body: JSON = {"model": backend.model, "messages": _messages(ask, seen), "stream": True}
        wishes = {"temperature": ask.temperature, "num_predict": ask.max_tokens}
        body["options"] = {name: value for name, value in wishes.items() if value is not None}
        if ask.must_call:
            body["format"] = dict(ask.must_call.parameters)
        elif ask.tools:
            body["tools"] = [_tool(spec) for spec in ask.tools]
        base = backend.base(USUAL).removesuffix("/v1").removesuffix("/api")
        key = f"Bearer {backend.api_key}" if backend.api_key else ""
        headers = merged({"authorization": key}, backend)
        return Request(f"{base}/api/chat", headers, body, lines=True)


def _messages(ask: Ask, seen: Collection[str]) -> list[JSON]:
    prompt = ask.prompt()
    if ask.must_call:
        wanted = f"{ask.must_call.description} Answer with a JSON object that holds just this."
        prompt = f"{prompt}\n\n{wanted.strip()}".strip()
    found: list[JSON] = [{"role": "system", "content": prompt}] if prompt else []
    for step in steps(ask.turns, ask.enclosures, seen):
        if step.role is Role.VISITOR:
            pictures = [encoded(picture) for picture in step.pictures]
            told: JSON = {"role": "user", "content": step.text}
            found.append(told | ({"images": pictures} if pictures else {}))
            continue
        message: JSON = {"role": "assistant", "content": step.text}
        if step.calls:
            message["tool_calls"] = [
                {"function": {"name": call.name, "arguments": dict(call.arguments)}}
                for call in step.calls
            ]
        found.append(message)
        for result in step.results:
            found.append({"role": "tool", "tool_name": result.name, "content": result.output})
    return found


def _tool(spec: ToolSpec) -> JSON:
    function = {
        "name": spec.name,
        "description": spec.description,
        "parameters": dict(spec.parameters),
    }
    return {"type": "function", "function": function}


class _Ear:
    """Calls come whole; Ollama gives them no ids, so they get some."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._aloud = Aloud()
        self._calls = 0
        self._last: JSON = {}

    def take(self, message: JSON) -> tuple[Piece, ...]:
        if error := message.get("error"):
            raise late(self._backend, error)
        if message.get("done"):
            self._last = message
        said = message["message"] if "message" in message or not message.get("done") else {}
        calls = [self._call(part["function"]) for part in said.get("tool_calls") or ()]
        return (Said(self._aloud.hear(said.get("content") or "")), *calls)

    def _call(self, function: JSON) -> ToolCall:
        self._calls += 1
        name = function["name"]
        return made(f"{name}_{self._calls}", name, function.get("arguments"))

    def end(self, complete: bool) -> Iterator[Piece]:
        if not self._last:
            raise ModelTrouble(f"{self._backend.who} broke off its answer.")
        if held := self._aloud.rest():
            yield Said(held)
        read, said = self._last.get("prompt_eval_count") or 0, self._last.get("eval_count") or 0
        yield Usage(self._backend.model, read, said, estimated=not (read and said))
