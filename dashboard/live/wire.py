"""What clients send on the conversation socket (contract websocket.md §2.1, §3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from dashboard.agents.wishes import Wishes, wishes_of
from dashboard.engine.nesting import too_deep

Frame = dict[str, Any]
MOST_FILES = 20  # of one message
LARGEST_ID = 2**31 - 1
LONGEST_ID = 200  # characters of an id that a client makes up


class Malformed(Exception):
    """A frame that is no JSON object."""


@dataclass(frozen=True)
class Initiation:
    """What a client says first: its frame, and what it asks for with it."""

    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    wishes: Wishes = field(default_factory=Wishes, repr=False)
    user_id: str = ""
    source: str = ""
    source_version: str = ""


@dataclass(frozen=True)
class UserMessage:
    """What a visitor says; `file_ids`: uploads that go with it."""

    text: str
    file_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContextualUpdate:
    """What the page tells; the newest with a `context_id` stands for all of them."""

    text: str
    context_id: str = ""


@dataclass(frozen=True)
class UserActivity:
    """The visitor types, or does something else that shows that they are there."""


@dataclass(frozen=True)
class Feedback:
    """A thumb for one answer, None takes it back. `event_id` None: the last answer."""

    event_id: int | None
    score: str | None


@dataclass(frozen=True)
class ClientToolResult:
    call_id: str
    result: str
    is_error: bool


@dataclass(frozen=True)
class Pong:
    event_id: int


@dataclass(frozen=True)
class EnclaveSetup:
    """The experimental on-premises mode, which this server does not take part in."""


@dataclass(frozen=True)
class Ignored:
    """A type that means nothing here: later contracts may send it."""


ClientEvent = (
    Initiation
    | UserMessage
    | ContextualUpdate
    | UserActivity
    | Feedback
    | ClientToolResult
    | Pong
    | EnclaveSetup
    | Ignored
)


def decode(text: str) -> ClientEvent:
    """A client's frame. Raises Malformed; an unknown type is Ignored."""
    try:
        frame = orjson.loads(text)
    except ValueError:
        raise Malformed("The frame is not JSON.") from None
    if not isinstance(frame, dict):
        raise Malformed("The frame is not a JSON object.")
    if too_deep(frame):
        raise Malformed("The frame is nested too deep.")
    match frame.get("type"):
        case "conversation_initiation_client_data":
            return _initiation(frame)
        case "user_message":
            return UserMessage(_text(frame.get("text")))
        case "multimodal_message":
            return UserMessage(_text(frame.get("text")), _files(frame))
        case "contextual_update":
            text = _text(frame.get("text")).strip()
            named = str(frame.get("context_id") or "")[:LONGEST_ID]
            return ContextualUpdate(text, named) if text else Ignored()
        case "user_activity":
            return UserActivity()
        case "feedback":
            return _feedback(frame)
        case "client_tool_result":
            return ClientToolResult(
                str(frame.get("tool_call_id", "")),
                _result(frame.get("result")),
                frame.get("is_error") is True,
            )
        case "pong":
            event_id = _event_id(frame)
            return Ignored() if event_id is None else Pong(event_id)
        case "enclave_setup_config":
            return EnclaveSetup()
        case _:
            return Ignored()


def _text(value: Any) -> str:
    """The browser SDK passes objects through: `{"text": …}` is a text as well (seed block 8)."""
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) else ""


def _files(frame: Frame) -> tuple[str, ...]:
    """The ids in `files`, with the one in `file`, which clients repeat there."""
    several = frame.get("files")
    named = [*several, frame.get("file")] if isinstance(several, list) else [frame.get("file")]
    found = (part.get("file_id") for part in named if isinstance(part, dict))
    kept = [one[:LONGEST_ID] for one in found if isinstance(one, str) and one]
    return tuple(dict.fromkeys(kept))[:MOST_FILES]


def _feedback(frame: Frame) -> Feedback | Ignored:
    score = frame.get("score")
    if score not in ("like", "dislike", None) or "score" not in frame:
        return Ignored()
    if frame.get("event_id") is None:
        return Feedback(None, score)
    event_id = _event_id(frame)
    return Ignored() if event_id is None else Feedback(event_id, score)


def _event_id(frame: Frame) -> int | None:
    found = frame.get("event_id")
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if 0 <= found <= LARGEST_ID else None


def _result(value: Any) -> str:
    """The Python SDK sends any JSON that a client tool returned."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _initiation(frame: Frame) -> Initiation:
    source = frame.get("source_info")
    told = source if isinstance(source, dict) else {}
    return Initiation(
        said=frame,
        wishes=wishes_of(frame),
        user_id=str(frame.get("user_id") or ""),
        source=str(told.get("source") or ""),
        source_version=str(told.get("version") or ""),
    )
