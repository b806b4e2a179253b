"""Plays the steps with the vendor's Python SDK, and looks for what its answers lack."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Union, get_args, get_origin

import httpx
from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError
from pydantic import BaseModel

from .conftest import ParleyServer
from .steps import JSON, Played, Step, filled_in, lacks

ROOTS = ("conversational_ai", "user", "models", "webhooks")
Call = Callable[..., Any]


class PythonSdk:
    """A client whose requests are seen, and all its methods by name."""

    def __init__(self, server: ParleyServer) -> None:
        self.routes: list[str] = []
        http = httpx.Client(event_hooks={"request": [self._seen]}, timeout=60)
        self.client = ElevenLabs(api_key=server.api_key, base_url=server.url, httpx_client=http)
        self.methods: dict[str, Call] = {}
        for root in ROOTS:
            self.methods.update(_methods(getattr(self.client, root), root))

    def _seen(self, request: httpx.Request) -> None:
        self.routes.append(f"{request.method} {request.url.path}")

    def play(self, steps: list[Step], known: JSON) -> list[Played]:
        return [self._played(step, known) for step in steps]

    def _played(self, step: Step, known: JSON) -> Played:
        before, trouble = len(self.routes), []
        try:
            answer = self._call(step.method, filled_in(step.args, known))
        except ApiError as error:
            if error.status_code != step.fails:
                trouble = [f"{error.status_code}: {str(error.body)[:500]}"]
        except Exception as error:  # whatever a client stumbles over is what we want to know
            trouble = [f"{type(error).__name__}: {str(error)[:500]}"]
        else:
            told = plain(answer)
            known.update({name: _at(told, path) for name, path in step.keep.items()})
            trouble = [*missing(answer), *lacks(told, filled_in(step.expects, known))]
            if step.fails:
                trouble.append(f"it should have failed with {step.fails}")
        return Played(step, _first(self.routes[before:]), trouble)

    def with_options(self) -> set[str]:
        """The methods that take more than they insist on."""
        return {
            name for name, call in self.methods.items() if len(_takes(call)) > len(_needs(call))
        }

    def probe(self, method: str) -> tuple[str, int, Any]:
        """The route, status and answer of a method that is given no more than it insists on."""
        before, call = len(self.routes), self.methods[method]
        given = dict.fromkeys(_needs(call), "nothing")
        try:
            answer = call(**given, request_options={"max_retries": 0})
            plain(answer)
        except ApiError as error:
            return _first(self.routes[before:]), error.status_code or 0, error.body
        return _first(self.routes[before:]), 200, None

    def _call(self, name: str, args: JSON) -> Any:
        call = self.methods[name]
        takes = inspect.signature(call).parameters
        if "request" in takes and "request" not in args:
            body = {name: args[name] for name in args if name not in takes}
            args = {**{name: args[name] for name in args if name in takes}, "request": body}
        args = {name: _uploaded(value) for name, value in args.items()}
        if "request_options" in takes:
            args["request_options"] = {"max_retries": 0}
        return call(**args)


def _methods(room: Any, path: str) -> Iterator[tuple[str, Call]]:
    for name in dir(type(room)):
        member = getattr(type(room), name)
        if name.startswith("_") or name == "with_raw_response":
            continue
        if isinstance(member, property):
            yield from _methods(getattr(room, name), f"{path}.{name}")
        elif callable(member):
            yield f"{path}.{name}", getattr(room, name)


def _takes(call: Call) -> set[str]:
    return set(inspect.signature(call).parameters) - {"request_options"}


def _needs(call: Call) -> set[str]:
    every = inspect.signature(call).parameters.items()
    return {name for name, one in every if one.default is inspect.Parameter.empty}


def _uploaded(value: Any) -> Any:
    if isinstance(value, dict) and "$file" in value:
        file = value["$file"]
        return file["name"], base64.b64decode(file["base64"]), file["type"]
    return value


def plain(answer: Any) -> Any:
    """As JSON would have it; a stream of bytes is read to its end."""
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json", by_alias=True)
    if isinstance(answer, list | tuple):
        return [plain(part) for part in answer]
    if isinstance(answer, dict):
        return {name: plain(part) for name, part in answer.items()}
    if isinstance(answer, Iterator):
        return {"bytes": sum(len(part) for part in answer)}
    return answer


def missing(answer: Any, path: str = "answer") -> list[str]:
    """Required fields without a value: the SDK itself does not mind, its users will."""
    if isinstance(answer, list):
        return [why for at, part in enumerate(answer) for why in missing(part, f"{path}.{at}")]
    if isinstance(answer, dict):
        return [why for name, part in answer.items() for why in missing(part, f"{path}.{name}")]
    if not isinstance(answer, BaseModel):
        return []
    found = []
    for name, about in type(answer).model_fields.items():
        value = getattr(answer, name, None)
        if value is None and about.is_required() and not _may_be_none(about.annotation):
            found.append(f"{path}.{name} is missing")
        found += missing(value, f"{path}.{name}")
    return found


def _may_be_none(kind: Any) -> bool:
    if kind is Any or kind is type(None):
        return True
    return (
        get_origin(kind) is not None
        and any(map(_may_be_none, get_args(kind)))
        and (get_origin(kind) is Union or "Annotated" in str(get_origin(kind)))
    )


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(value, list):
            value = value[int(name)] if int(name) < len(value) else None
        else:
            value = (value or {}).get(name)
    return value


def _first(routes: list[str]) -> str:
    return routes[0] if routes else ""
