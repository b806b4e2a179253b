"""Log lines as JSON, through structlog: ids and facts, never what visitors say."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_MOST_CAUSES, _MOST_PLACES = 5, 12
# What stands behind an address: tokens, signatures and keys travel there.
_QUERY = re.compile(r"(?<=[^\s?])\?[^\s?]\S*")


def lines() -> logging.Formatter:
    """The formatter behind every handler: one JSON object a line."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_words,
            _without_queries,
            structlog.processors.JSONRenderer(),
        ],
    )


def unquoted(error: BaseException) -> dict[str, Any]:
    """What went wrong and where, without the error's own words: many quote what was sent."""
    kinds: list[str] = []
    one: BaseException | None = error
    while one is not None and len(kinds) < _MOST_CAUSES:
        kinds.append(f"{type(one).__module__}.{type(one).__qualname__}")
        one = one.__cause__ or one.__context__
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": " < ".join(kinds), "places": places}


def _without_words(
    logger: Any, method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """In the place of a traceback, which ends with the error's words."""
    told = line.pop("exc_info", None)
    error = told[1] if isinstance(told, tuple) else None
    if error is None:
        return line
    if str(line.get("logger", "")).startswith("celery"):  # which puts them into its message
        line["event"] = "a task failed"
    return {**line, **unquoted(error)}


def _without_queries(
    logger: Any, method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Whoever logs: Django adds the whole request to a 404, and web servers the whole address."""
    return {name: _cut(value) for name, value in line.items()}


def _cut(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case dict():
            return {str(name): _cut(one) for name, one in value.items()}
        case list() | tuple():
            return [_cut(one) for one in value]
        case _:
            return _QUERY.sub("?…", value if isinstance(value, str) else repr(value))
