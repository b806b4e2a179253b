"""A good request to a route, in which single ids can be replaced by others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from .cases import BODIES, PARTS, QUERIES, TOLD_IN_PLACE, Body, Ids, kind_of
from .routes import Route
from .worlds import World

OF_ANOTHER = "of another workspace"
SOME_GARBAGE = ("x", "a\0b", "'; DROP TABLE agents_agent; --", "☕" * 40, "A" * 10_240)
GARBAGE = (
    *SOME_GARBAGE,
    *("..", "../agents", "%2e%2e%2f", "\0", "'", '"', "-1", "9" * 30, "null", "' OR 1=1 --"),
    *("${7*7}", "{{7*7}}", "<script>", "\u202e\ufeff"),
)


@dataclass(frozen=True)
class Asked:
    """Ada's key asks for her own things, unless `instead` (by name) or `in_body` (by kind) say."""

    route: Route
    world: World
    key: str
    instead: dict[str, str] = field(default_factory=dict)
    in_body: dict[str, str] = field(default_factory=dict)

    def __call__(self) -> Any:
        kind, body = self._body()
        headers = {"xi-api-key": self.key} if self.key else {}
        return _client().generic(
            self.route.method, self.address, body, content_type=kind, headers=headers
        )

    @property
    def case(self) -> Body:
        if not self.route.has_body:
            return Body()
        assert str(self.route) in BODIES, (
            f"{self.route} takes a body: add the smallest good one, with every id that it may "
            "hold, to BODIES in tests/api/isolation/cases.py."
        )
        return BODIES[str(self.route)]

    @property
    def kinds_in_body(self) -> list[str]:
        ids = Ids(self.world)
        self.case.make(ids)
        return sorted(ids.asked)

    @property
    def address(self) -> str:
        path = self.route.path
        for name in self.route.params:
            path = path.replace(f"{{{name}}}", quote(self._value(name), safe=""))
        query = QUERIES.get(str(self.route), lambda world: {})(self.world)
        wanted = {*self.route.query} & {*self.route.required, *self.instead}
        query |= {name: self._value(name) for name in sorted(wanted)}
        return f"/v1{path}?{urlencode(query)}"

    def _value(self, name: str) -> str:
        if name in self.instead:
            return self.instead[name]
        kind = kind_of(self.route, name)
        return PARTS.get((str(self.route), name), "x") if kind is None else self.world.id(kind)

    def _body(self) -> tuple[str, bytes]:
        if not self.route.has_body:
            return "application/json", b""
        fields = self.case.make(Ids(self.world, self.in_body))
        if not self.case.files:
            return "application/json", json.dumps(fields).encode()
        files = {name: SimpleUploadedFile(*one) for name, one in self.case.files.items()}
        return MULTIPART_CONTENT, encode_multipart(BOUNDARY, {**fields, **files})


@cache
def _client() -> Client:
    """One for all: a new one sets up the whole chain of middleware again."""
    return Client(raise_request_exception=False)


@dataclass(frozen=True)
class Wrong:
    """A request with one id that is not this workspace's, and what may come of it."""

    ask: Asked
    what: str  # such as "path agent_id: deleted"
    of_another: bool = False
    may_find_nothing: bool = False  # a list that is narrowed by it is empty


def wrong_requests(asked: Asked, elsewhere: World, gone: World) -> Iterator[Wrong]:
    """One request for every id in the route and every value that it must not lead anywhere with."""
    route = asked.route
    for name in route.params:
        kind = kind_of(route, name)
        # What is public may be asked for by anybody: then there is no other workspace.
        others = None if route.public and name == route.params[0] else elsewhere
        for label, value in _values(kind, others, gone, GARBAGE):
            yield Wrong(replace(asked, instead={name: value}), f"path {name}: {label}")
    for name in route.query:
        kind = kind_of(route, name)
        narrows = not route.changes and name not in route.required
        for label, value in _values(kind, elsewhere, gone, SOME_GARBAGE if kind else ()):
            ask = replace(asked, instead={name: value})
            empty = narrows or str(route) in TOLD_IN_PLACE
            yield Wrong(ask, f"query {name}: {label}", may_find_nothing=empty)
    for kind in asked.kinds_in_body:
        for label, value in _values(kind, elsewhere, gone, SOME_GARBAGE):
            ask = replace(asked, in_body={kind: value})
            early = kind in asked.case.unresolved
            yield Wrong(ask, f"body {kind}: {label}", label == OF_ANOTHER, early)


def _values(
    kind: str | None, elsewhere: World | None, gone: World, garbage: Iterable[str]
) -> Iterator[tuple[str, str]]:
    if kind is not None and elsewhere is not None:
        yield OF_ANOTHER, elsewhere.id(kind)
    if kind is not None and kind in gone.made:
        yield "deleted", gone.id(kind)
    yield from ((repr(value[:20]), value) for value in garbage)
