"""Which dynamic variables a tool cannot do without (contract rest.md §5.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from dashboard.engine.variables import SECRET_PREFIX, MissingVariable, names
from dashboard.providers.tool_fields import Field, Group, Leaf, Row, Source

from .tool_documents import ClientTool, FromVariable, Tool, WebhookTool


def check(tools: Iterable[Tool], there: Collection[str], assigned: Collection[str]) -> None:
    """Raises MissingVariable for the first one that nothing gives a value.

    `assigned`: those that a tool's answer may set later on. A secret counts in headers alone.
    """
    for tool in tools:
        if isinstance(tool, ClientTool | WebhookTool):
            known = {*there, *tool.defaults, *assigned}
            for name in sorted(_in_headers(tool)):
                if name not in known:
                    raise MissingVariable(name)
            for name in sorted(_elsewhere(tool)):
                if name not in known or name.startswith(SECRET_PREFIX):
                    raise MissingVariable(name)


def assigned_by(documents: Iterable[Any]) -> frozenset[str]:
    """The variables that tools' answers are to set, by the tools' documents."""
    found: set[str] = set()
    for document in documents:
        assignments = document.get("assignments") if isinstance(document, Mapping) else None
        for one in assignments if isinstance(assignments, list) else ():
            name = one.get("dynamic_variable") if isinstance(one, Mapping) else None
            if isinstance(name, str):
                found.add(name)
    return frozenset(found)


def _in_headers(tool: ClientTool | WebhookTool) -> set[str]:
    found: set[str] = set()
    for source in tool.headers.values() if isinstance(tool, WebhookTool) else ():
        found |= {source.name} if isinstance(source, FromVariable) else set()
        found |= names(source) if isinstance(source, str) else set()
    return found


def _elsewhere(tool: ClientTool | WebhookTool) -> set[str]:
    if isinstance(tool, ClientTool):
        return set(_needed(tool.parameters)) if tool.parameters else set()
    body = set(_needed(tool.body)) if tool.body is not None else set()
    return names(tool.url) | set(_needed(tool.path)) | set(_needed(tool.query)) | body


def _needed(field: Field) -> Iterator[str]:
    """A parameter that need not be sent is left out when its variable has no value."""
    if field.source is Source.VARIABLE:
        yield field.variable
    if field.source is not Source.MODEL or isinstance(field, Leaf):
        return
    if isinstance(field, Row):
        yield from _needed(field.item)
    elif isinstance(field, Group):
        for name in field.required & field.fields.keys():
            yield from _needed(field.fields[name])
