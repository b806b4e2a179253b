"""What a conversation may have otherwise than its agent: who may ask, and what comes of it.

(Contract websocket.md §2.1, rest.md §5 `language_presets`, §6.1.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import orjson
import pydantic
from pydantic import BaseModel, Field, TypeAdapter

from dashboard.engine import variables

from .documents import ConversationConfig, conversation_config
from .documents.document import complaint, mended
from .models import AgentVersion
from .wishes import EXTRA_BODY, GROUPS, LEAVES, OVERRIDE, Wishes, asked_of, placed

LANGUAGE = "agent.language"
PROMPT = "agent.prompt.prompt"
FIRST_MESSAGE = "agent.first_message"
LAST_MESSAGE = "agent.max_conversation_duration_message"
LARGEST_BODY = 20_000  # bytes of a custom model's extra fields
_VOICE = ("asr.", "tts.", "turn.")  # mean nothing in text: with leave, they are passed over
_BOUNDED: Mapping[str, Any] = {
    EXTRA_BODY: dict[str, Any],
    LANGUAGE: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,20}$")],
    "agent.prompt.llm": Annotated[str, Field(max_length=200)],
}


class OverrideRefused(Exception):
    """A page asks for what this agent does not let pages change, or for what is no value."""

    def __init__(self, name: str, why: str = "is not allowed by config") -> None:
        super().__init__(f"Override for field '{name}' {why}.")
        self.name = name


@dataclass(frozen=True)
class Told:
    """What the agent is told in one conversation; `tree` is the same as a document of the wire."""

    language: str
    tree: Mapping[str, Any]
    config: ConversationConfig


def check(version: AgentVersion, wishes: Wishes) -> None:
    """Refuse the first wish that is not permitted or no value; asking for what is so anyway needs
    no leave: the widget always sends the language, browsers the text mode.

    Raises OverrideRefused, or variables.UnfitVariable.
    """
    config = conversation_config(version)
    allowed = version.platform_settings.get("overrides")
    for name, value in wishes.overrides.items():
        if name not in LEAVES and name not in GROUPS:
            continue
        trouble = unfit(name, value)
        if not trouble and _same(config, name, value):
            continue
        if name not in wishes.granted and not _permitted(allowed, name):
            raise OverrideRefused(name)
        if trouble and not name.startswith(_VOICE):
            raise OverrideRefused(name, f"is not valid: {trouble}")
    variables.check(wishes.variables)


def unfit(name: str, value: Any) -> str:
    """Why this can be no value of that field; empty when it can."""
    if name not in LEAVES:
        return "Input should be an object"
    try:
        text = orjson.dumps(value)
        _reader(name).validate_json(text, strict=True)
    except orjson.JSONEncodeError:  # half characters, numbers beyond 64 bits
        return "Input should be plain JSON"
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return str(complaint(first)["msg"])
    if name == EXTRA_BODY and len(text) > LARGEST_BODY:
        return f"Input should have at most {LARGEST_BODY:,} bytes"
    return ""


def told(version: AgentVersion, wishes: Wishes, language: str = "") -> Told:
    """The version, the preset of the conversation's language over it, and the wishes over both.

    `language`: the one that the conversation has come to; at its start the wished or the agent's.
    The tree keeps the agent's own language: it is one of those that can be spoken.
    """
    own = conversation_config(version)
    language = language or str(wishes.get(LANGUAGE, own.agent.language))
    changes = _of_preset(own, language)
    changes |= {name: value for name, value in wishes.overrides.items() if name in LEAVES}
    tree: Mapping[str, Any] = version.conversation_config
    for name, value in changes.items():
        if name in (LANGUAGE, EXTRA_BODY) or name.startswith(_VOICE):
            continue
        if not unfit(name, value) and not _same(own, name, value):
            tree = placed(tree, name.split("."), value)
    if tree is version.conversation_config:
        return Told(language, tree, own)
    return Told(language, tree, ConversationConfig.model_validate(mended(ConversationConfig, tree)))


def _of_preset(own: ConversationConfig, language: str) -> dict[str, Any]:
    """What the owner wrote for a language beside the agent's own; an empty text says nothing."""
    preset = own.language_presets.get(language)
    if preset is None or language == own.agent.language:
        return {}
    changes = dict(asked_of(preset.overrides.model_dump(mode="json", exclude_none=True)))
    if first := preset.first_message:
        changes[FIRST_MESSAGE] = first
    return {name: value for name, value in changes.items() if value != ""}


def _permitted(allowed: Any, name: str) -> bool:
    path = [name] if name == EXTRA_BODY else [OVERRIDE, *name.split(".")]
    for step in path:
        allowed = allowed.get(step) if isinstance(allowed, Mapping) else None
    return allowed is True


def _same(config: ConversationConfig, name: str, value: Any) -> bool:
    """Whether a fit value is the agent's own."""
    current: Any = None if name == EXTRA_BODY else config
    for step in name.split(".") if current else ():
        current = getattr(current, step, None)
    return bool(current == _reader(name).validate_json(orjson.dumps(value), strict=True))


@cache
def _reader(name: str) -> TypeAdapter[Any]:
    """Reads one leaf as the agent's own document would be read, but turns no text into a number."""
    if name in _BOUNDED:
        return TypeAdapter(_BOUNDED[name])
    *groups, last = name.split(".")
    kind: type[BaseModel] = ConversationConfig
    for step in groups:
        kind = _class_of(kind, step)
    if (known := kind.model_fields.get(last)) is None:
        return TypeAdapter(Any)
    shape: Any = known.annotation
    for bound in known.metadata:
        shape = Annotated[shape, bound]
    return TypeAdapter(shape)


def _class_of(kind: type[BaseModel], name: str) -> type[BaseModel]:
    inner = kind.model_fields[name].annotation
    assert isinstance(inner, type)  # noqa: S101  (permissions mirror the config: contract §6.1)
    return inner
