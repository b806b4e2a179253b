"""Anthropic's Messages API, streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

from dashboard.engine.ports import Ask, Enclosure, ModelTrouble, Piece, Said
from dashboard.engine.turns import Role, ToolCall, ToolSpec, Usage

from .arguments import called, grown
from .backend import Backend
from .dialogue import Step, alternating, steps, tools_of
from .exchange import JSON, Request, converse, insisting, merged
from .quirks import BLIND, Quirks, adapting
from .refusals import late
from .sight import encoded, shown

USUAL = "https://api.anthropic.com"
# The API wants a limit; this one is within what its oldest served models allow.
_MOST_TOKENS = 4096
_UNFINISHED = frozenset({"max_tokens", "model_context_window_exceeded"})


class Anthropic:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        def attempt(quirks: Quirks) -> AsyncGenerator[Piece, None]:
            return converse(self._backend, self._request(ask, quirks), _Ear(self._backend))

        pictures = bool(shown(ask, "anthropic", self._backend.model))
        tries = adapting(self._backend, ("temperature",), attempt, pictures=pictures)
        async with aclosing(tries), aclosing(insisting(ask, self._backend, tries)) as pieces:
            async for piece in pieces:
                yield piece

    def _request(self, ask: Ask, quirks: Quirks) -> Request:
        backend = self._backend
        seen = frozenset() if BLIND in quirks else shown(ask, "anthropic", backend.model)
        found = alternating(steps(ask.turns, ask.enclosures, seen))
        body: JSON = {
            "model": backend.model,
            "max_tokens": ask.max_tokens or _MOST_TOKENS,
            "messages": _messages(found),
            "stream": True,
        }
        if prompt := ask.prompt():
            body["system"] = prompt
        if ask.temperature is not None and "temperature" not in quirks:
            body["temperature"] = min(ask.temperature, 1.0)
        body |= _tools(ask, found)
        base = backend.base(USUAL).removesuffix("/v1")
        headers = {"x-api-key": backend.api_key, "anthropic-version": "2023-06-01"}
        return Request(f"{base}/v1/messages", merged(headers, backend), body)


def _picture(picture: Enclosure) -> JSON:
    kind = picture.attachment.content_type
    source = {"type": "base64", "media_type": kind, "data": encoded(picture)}
    return {"type": "image", "source": source}


def _tools(ask: Ask, found: list[Step]) -> JSON:
    tools = [_tool(spec) for spec in tools_of(ask)]
    if ask.must_call:
        return {"tools": tools, "tool_choice": {"type": "tool", "name": ask.must_call.name}}
    if tools:
        return {"tools": tools}
    # A history with calls is refused unless tools are defined, even if none may be used now.
    used = dict.fromkeys(call.name for step in found for call in step.calls)
    past = [_tool(ToolSpec(name)) for name in used]
    return {"tools": past, "tool_choice": {"type": "none"}} if past else {}


def _tool(spec: ToolSpec) -> JSON:
    tool: JSON = {"name": spec.name, "input_schema": {"type": "object"} | dict(spec.parameters)}
    if spec.description:
        tool["description"] = spec.description
    return tool


def _messages(found: list[Step]) -> list[JSON]:
    """Results are the user's; they open the message that follows the calls."""
    messages: list[JSON] = []
    for step in found:
        text = [{"type": "text", "text": step.text}] if step.text else []
        if step.role is Role.VISITOR:
            _add(messages, "user", [_picture(p) for p in step.pictures] + text)
            continue
        uses = [
            {"type": "tool_use", "id": c.id, "name": c.name, "input": dict(c.arguments)}
            for c in step.calls
        ]
        _add(messages, "assistant", text + uses)
        results = [
            {"type": "tool_result", "tool_use_id": r.call_id, "content": r.output}
            | ({"is_error": True} if r.is_error else {})
            for r in step.results
        ]
        if results:
            _add(messages, "user", results)
    return messages


def _add(messages: list[JSON], role: str, content: list[JSON]) -> None:
    if messages and messages[-1]["role"] == role:
        messages[-1]["content"].extend(content)
    else:
        messages.append({"role": role, "content": content})


class _Ear:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._uses: dict[int, _Use] = {}
        self._calls: list[ToolCall] = []
        self._usage = Usage(backend.model, estimated=True)
        self._stop: str | None = None
        self._over = False

    def take(self, message: JSON) -> tuple[Piece, ...]:
        match message["type"]:
            case "content_block_delta":
                return (self._delta(message["index"], message["delta"]),)
            case "content_block_start":
                return self._start(message["index"], message["content_block"])
            case "content_block_stop" if use := self._uses.pop(message["index"], None):
                self._calls.append(called(use.id, use.name, use.raw))
            case "message_start":
                self._count(message["message"].get("usage") or {})
            case "message_delta":
                self._stop = message["delta"].get("stop_reason") or self._stop
                self._count(message.get("usage") or {})
            case "message_stop":
                self._over = True
            case "error":
                raise late(self._backend, message.get("error"))
        return (Said(""),)

    def _delta(self, index: int, delta: JSON) -> Said:
        if delta["type"] == "text_delta":
            return Said(delta["text"])
        if delta["type"] == "input_json_delta" and index in self._uses:
            use = self._uses[index]
            use.raw = grown(use.raw, delta["partial_json"])
        return Said("")  # thoughts and signatures: a sign of life, not said

    def _start(self, index: int, block: JSON) -> tuple[Piece, ...]:
        if block["type"] == "tool_use":
            self._uses[index] = _Use(block["id"], block["name"])
        return (Said(block.get("text") or "" if block["type"] == "text" else ""),)

    def _count(self, usage: JSON) -> None:
        """Each message may tell some of the counts; what it does not tell stays."""
        written = usage.get("cache_creation_input_tokens") or 0
        read = usage.get("cache_read_input_tokens") or 0
        whole = (usage.get("input_tokens") or 0) + written + read
        if whole >= self._usage.input_tokens:
            self._usage = replace(
                self._usage, input_tokens=whole, cache_read=read, cache_write=written
            )
        output = usage.get("output_tokens") or self._usage.output_tokens
        told = bool(self._usage.input_tokens and output)
        self._usage = replace(self._usage, output_tokens=output, estimated=not told)

    def end(self, complete: bool) -> Iterator[Piece]:
        who = self._backend.who
        if not self._over:
            raise ModelTrouble(f"{who} broke off its answer.")
        if self._stop == "refusal":
            raise ModelTrouble(f"{who} declined to answer.", transient=False)
        cut = self._uses or any(call.garbled is not None for call in self._calls)
        if cut and self._stop in _UNFINISHED:
            reason = f"{who} ran out of tokens in the middle of a tool call."
            raise ModelTrouble(reason, transient=False)
        yield from self._calls
        yield self._usage


class _Use:
    """A call whose arguments are still coming."""

    def __init__(self, call_id: str, name: str) -> None:
        self.id, self.name, self.raw = call_id, name, ""
