"""Google's Gemini API, streamed as server-sent events."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing
from urllib.parse import quote
from uuid import uuid4

from dashboard.engine.ports import Ask, Enclosure, ModelTrouble, Piece, Said
from dashboard.engine.turns import Role, ToolResult, ToolSpec, Usage

from .arguments import made
from .backend import Backend
from .dialogue import Step, alternating, steps, tools_of
from .exchange import JSON, Request, converse, insisting, merged
from .refusals import late, short
from .schemas import plain
from .sight import encoded, shown
from .writing import as_value

USUAL = "https://generativelanguage.googleapis.com"
_DECLINED = frozenset(
    {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"}
)
_CONFUSED = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER"})
# From Gemini 3 on, a call must come back with the signature that it was made with. Ours are kept
# for the next step of the answer; for calls that another model or process made, the API takes this.
_UNSIGNED = "skip_thought_signature_validator"
_MOST_SIGNATURES = 2000
_signatures: OrderedDict[str, str] = OrderedDict()


class Gemini:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def answer(self, ask: Ask) -> AsyncGenerator[Piece, None]:
        talk = converse(self._backend, self._request(ask), _Ear(self._backend))
        async with aclosing(talk), aclosing(insisting(ask, self._backend, talk)) as pieces:
            async for piece in pieces:
                yield piece

    def _request(self, ask: Ask) -> Request:
        backend = self._backend
        # The older ones sign nothing, and a signature that is none could upset them.
        unsigned = "" if backend.model.startswith(("gemini-1", "gemini-2")) else _UNSIGNED
        body: JSON = {"contents": _contents(ask, unsigned, shown(ask, "gemini", backend.model))}
        if prompt := ask.prompt():
            body["systemInstruction"] = {"parts": [{"text": prompt}]}
        wishes = {"temperature": ask.temperature, "maxOutputTokens": ask.max_tokens}
        if config := {name: value for name, value in wishes.items() if value is not None}:
            body["generationConfig"] = config
        if tools := tools_of(ask):
            body["tools"] = [{"functionDeclarations": [_declaration(spec) for spec in tools]}]
        if ask.must_call:
            calling = {"mode": "ANY", "allowedFunctionNames": [ask.must_call.name]}
            body["toolConfig"] = {"functionCallingConfig": calling}
        base = backend.base(USUAL).removesuffix("/v1beta")
        model = quote(backend.model.removeprefix("models/"), safe="")
        url = f"{base}/v1beta/models/{model}:streamGenerateContent?alt=sse"
        return Request(url, merged({"x-goog-api-key": backend.api_key}, backend), body)


def _declaration(spec: ToolSpec) -> JSON:
    declaration: JSON = {"name": spec.name, "description": spec.description or spec.name}
    parameters = plain(spec.parameters)
    if parameters.get("properties"):  # an object without members is refused
        declaration["parameters"] = parameters
    return declaration


def _contents(ask: Ask, unsigned: str, seen: Collection[str]) -> list[JSON]:
    calls = [call for turn in ask.turns for call in turn.tool_calls]
    signatures = iter([_signatures.get(call.id, "") for call in calls])
    contents: list[JSON] = []
    for step in alternating(steps(ask.turns, ask.enclosures, seen)):
        text = [{"text": step.text}] if step.text else []
        if step.role is Role.VISITOR:
            _add(contents, "user", [_picture(p) for p in step.pictures] + text)
            continue
        _add(contents, "model", text + _calls(step, signatures, unsigned))
        if step.results:
            _add(contents, "user", [_response(result) for result in step.results])
    return contents


def _picture(picture: Enclosure) -> JSON:
    kind = picture.attachment.content_type
    return {"inlineData": {"mimeType": kind, "data": encoded(picture)}}


def _add(contents: list[JSON], role: str, parts: list[JSON]) -> None:
    if contents and contents[-1]["role"] == role:
        contents[-1]["parts"].extend(parts)
    else:
        contents.append({"role": role, "parts": parts})


def _calls(step: Step, signatures: Iterator[str], unsigned: str) -> list[JSON]:
    """Of calls made together only the first one is signed."""
    parts: list[JSON] = []
    for call in step.calls:
        part: JSON = {"functionCall": {"name": call.name, "args": dict(call.arguments)}}
        signature = next(signatures, "") or ("" if parts else unsigned)
        parts.append(part | ({"thoughtSignature": signature} if signature else {}))
    return parts


def _response(result: ToolResult) -> JSON:
    """An object, whatever the tool said."""
    name = "error" if result.is_error else "output"
    return {"functionResponse": {"name": result.name, "response": {name: as_value(result.output)}}}


class _Ear:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._finish = ""
        self._usage = Usage(backend.model, estimated=True)

    def take(self, message: JSON) -> tuple[Piece, ...]:
        if error := message.get("error"):
            raise late(self._backend, error)
        if blocked := (message.get("promptFeedback") or {}).get("blockReason"):
            raise self._declined(blocked)
        if counts := message.get("usageMetadata"):
            output = ("candidatesTokenCount", "thoughtsTokenCount")
            read = counts.get("promptTokenCount") or 0
            said = sum(counts.get(name) or 0 for name in output)
            cached = counts.get("cachedContentTokenCount") or 0
            told = bool(read and said)
            self._usage = Usage(self._backend.model, read, said, cached, estimated=not told)
        if not message.get("candidates"):
            if not counts:
                raise KeyError("candidates")
            return ()
        candidate = message["candidates"][0]
        self._finish = candidate.get("finishReason") or self._finish
        parts = (candidate.get("content") or {}).get("parts") or ()
        return tuple(self._piece(part) for part in parts)

    def _piece(self, part: JSON) -> Piece:
        if call := part.get("functionCall"):
            call_id = call.get("id") or f"{call['name']}_{uuid4().hex[:12]}"
            if signature := part.get("thoughtSignature"):
                _remember(call_id, signature)
            return made(call_id, call["name"], call.get("args"))
        return Said("" if part.get("thought") else part.get("text") or "")

    def _declined(self, code: str) -> ModelTrouble:
        named = f" ({code.lower()})" if short(code, self._backend) else ""
        reason = f"{self._backend.who} declined to answer{named}."
        return ModelTrouble(reason, transient=False)

    def end(self, complete: bool) -> Iterator[Piece]:
        if not self._finish:
            raise ModelTrouble(f"{self._backend.who} broke off its answer.")
        if self._finish in _CONFUSED:
            raise ModelTrouble(f"{self._backend.who} got lost in a tool call ({self._finish}).")
        if self._finish in _DECLINED:
            raise self._declined(self._finish)
        yield self._usage


def _remember(call_id: str, signature: str) -> None:
    _signatures[call_id] = signature
    while len(_signatures) > _MOST_SIGNATURES:
        _signatures.popitem(last=False)
