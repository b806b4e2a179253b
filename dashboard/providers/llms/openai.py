"""Any OpenAI-compatible endpoint: chat completions, streamed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing
from typing import Any

import orjson

from dashboard.engine.ports import Ask, Enclosure, ModelTrouble, Piece, Said
from dashboard.engine.turns import Role, ToolCall, ToolSpec, Usage

from .arguments import MOST_CALLS, called, grown
from .backend import Backend
from .dialogue import Step, steps, tools_of
from .exchange import JSON, Request, converse, insisting, merged
from .quirks import BLIND, Quirks, adapting
from .refusals import late
from .sight import encoded, shown
from .sse import TooLong
from .thinking import Aloud
from .writing import written

USUAL = "https://api.openai.com/v1"
_PATH = "/chat/completions"
# Fields that some servers or models refuse; each has another way.
_DOUBTFUL = ("stream_options", "tool_choice", "temperature", "max_completion_tokens", "max_tokens")
# What a client's own fields never touch (Ask.extra_body), even where we send none of them.
_OURS = frozenset(
    {"model", "messages", "stream", "stream_options", "tools", "tool_choice", "functions"}
    | {"function_call", "max_tokens", "max_completion_tokens", "n", "response_format"}
)
_DECLINED = "declined to answer (content filter)"


class OpenAI:
    """The vendor itself, and every server that speaks its dialect."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        def attempt(quirks: Quirks) -> AsyncGenerator[Piece, None]:
            return converse(self._backend, self._request(ask, quirks), _Ear(self._backend))

        pictures = bool(shown(ask, "openai", self._backend.model))
        tries = adapting(self._backend, _DOUBTFUL, attempt, pictures=pictures)
        async with aclosing(tries), aclosing(insisting(ask, self._backend, tries)) as pieces:
            async for piece in pieces:
                yield piece

    def _request(self, ask: Ask, quirks: Quirks) -> Request:
        backend = self._backend
        body: JSON = {"model": backend.model, "messages": [], "stream": True}
        seen = frozenset() if BLIND in quirks else shown(ask, "openai", backend.model)
        body["messages"] = messages(ask, seen)
        if "stream_options" not in quirks:
            body["stream_options"] = {"include_usage": True}
        if ask.temperature is not None and "temperature" not in quirks:
            body["temperature"] = ask.temperature
        if ask.max_tokens is not None:
            body[self._limit(quirks)] = ask.max_tokens
        if tools := tools_of(ask):
            body["tools"] = [_tool(spec) for spec in tools]
        if ask.must_call and "tool_choice" in quirks:
            body |= {"tools": [_tool(ask.must_call)], "tool_choice": "required"}
        elif ask.must_call:
            choice = {"type": "function", "function": {"name": ask.must_call.name}}
            body["tool_choice"] = choice
        body = {k: v for k, v in ask.extra_body.items() if k not in _OURS} | body
        key = f"Bearer {backend.api_key}" if backend.api_key else ""
        return Request(self._url(), merged({"authorization": key}, backend), body)

    def _limit(self, quirks: Quirks) -> str:
        """The vendor's newer models know only the longer name, most other servers the shorter."""
        swapped = bool(quirks & {"max_tokens", "max_completion_tokens"})
        vendor = self._url().startswith(USUAL)
        return "max_completion_tokens" if vendor != swapped else "max_tokens"

    def _url(self) -> str:
        base = self._backend.base(USUAL)
        if base.endswith(_PATH):
            return base
        bare = "/" not in base.partition("://")[2]
        return f"{base}/v1{_PATH}" if bare else f"{base}{_PATH}"


def messages(ask: Ask, shown: Collection[str] = ()) -> list[JSON]:
    """`shown`: the files that go along as pictures."""
    prompt = ask.prompt()
    found: list[JSON] = [{"role": "system", "content": prompt}] if prompt else []
    for step in steps(ask.turns, ask.enclosures, shown):
        if step.role is Role.VISITOR:
            found.append({"role": "user", "content": _content(step)})
            continue
        message: JSON = {"role": "assistant", "content": step.text or None}
        if step.calls:
            message["tool_calls"] = [_call(call) for call in step.calls]
        found.append(message)
        for result in step.results:
            content = result.output
            found.append({"role": "tool", "tool_call_id": result.call_id, "content": content})
    return found


def _content(step: Step) -> str | list[JSON]:
    if not step.pictures:
        return step.text
    text = [{"type": "text", "text": step.text}] if step.text else []
    return [*text, *(_picture(picture) for picture in step.pictures)]


def _picture(picture: Enclosure) -> JSON:
    url = f"data:{picture.attachment.content_type};base64,{encoded(picture)}"
    return {"type": "image_url", "image_url": {"url": url}}


def _call(call: ToolCall) -> JSON:
    arguments = written(dict(call.arguments)).decode()
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }


def _tool(spec: ToolSpec) -> JSON:
    function = {"name": spec.name, "parameters": dict(spec.parameters)}
    if spec.description:
        function["description"] = spec.description
    return {"type": "function", "function": function}


class _Ear:
    """Puts the fragments of tool calls together; they are done when the answer is."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._aloud = Aloud()
        self._calls: list[_Fragments] = []
        self._usage = Usage(backend.model, estimated=True)
        self._finish: str | None = None

    def take(self, message: JSON) -> tuple[Piece, ...]:
        if error := message.get("error"):
            raise late(self._backend, error)
        if usage := message.get("usage"):
            self._usage = _counted(self._backend.model, usage)
        choices = message.get("choices")
        if not choices:
            if choices is None and usage is None:
                raise KeyError("choices")
            return ()
        choice = choices[0]
        self._finish = choice.get("finish_reason") or self._finish
        delta = choice.get("delta") or choice.get("message") or {}
        for fragment in delta.get("tool_calls") or ():
            self._add(fragment)
        text = delta.get("content") or delta.get("refusal")
        return (Said(self._aloud.hear(text) if isinstance(text, str) else ""),)

    def _add(self, fragment: JSON) -> None:
        """Some servers leave the index out, or give every call the same; a new id is a new call."""
        index, call_id = fragment.get("index"), fragment.get("id")
        function = fragment.get("function") or {}
        open_calls = [c for c in self._calls if index is None or c.index == index]
        last = open_calls[-1] if open_calls else None
        if last is None or (call_id and function.get("name") and call_id != last.id):
            if len(self._calls) == MOST_CALLS:
                raise TooLong
            last = _Fragments(index)
            self._calls.append(last)
        last.id = last.id or call_id or ""
        last.name = last.name or function.get("name") or ""
        arguments = function.get("arguments")
        more = arguments if isinstance(arguments, str) else _text(arguments)
        last.raw = grown(last.raw, more)

    def end(self, complete: bool) -> Iterator[Piece]:
        who = self._backend.who
        if not complete and self._finish is None:
            raise ModelTrouble(f"{who} broke off its answer.")
        if held := self._aloud.rest():
            yield Said(held)
        if self._finish == "content_filter":
            raise ModelTrouble(f"{who} {_DECLINED}.", transient=False)
        for at, call in enumerate(self._calls):
            piece = called(call.id or f"{call.name}_{at}", call.name, call.raw)
            if piece.garbled is not None and self._finish == "length":
                reason = f"{who} ran out of tokens in the middle of a tool call."
                raise ModelTrouble(reason, transient=False)
            yield piece
        yield self._usage


def _counted(model: str, usage: JSON) -> Usage:
    """DeepSeek tells what was in its cache beside the tokens, all others below them."""
    details = usage.get("prompt_tokens_details")
    below = details.get("cached_tokens") if isinstance(details, dict) else 0
    cached = below or usage.get("prompt_cache_hit_tokens") or 0
    read, written = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    return Usage(model, read, written, cached, estimated=not (read and written))


class _Fragments:
    def __init__(self, index: int | None) -> None:
        self.index = index
        self.id = self.name = self.raw = ""


def _text(arguments: Any) -> str:
    return orjson.dumps(arguments).decode() if arguments is not None else ""
