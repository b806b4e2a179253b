"""What a client asks for before a conversation starts: read, kept, and read again.

(Contract websocket.md §2.1.) Nothing here decides what is allowed; `overriding.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from dashboard.engine.variables import SECRET_PREFIX

from .documents.permissions import OverridePermissions

JSON = dict[str, Any]
OVERRIDE = "conversation_config_override"
EXTRA_BODY = "custom_llm_extra_body"
VARIABLES = "dynamic_variables"


def _leaves(kind: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, known in kind.model_fields.items():
        inner = known.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _leaves(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}"


# What a client may ask for at all (contract rest.md §6.1); other keys are ignored.
LEAVES = frozenset({*_leaves(OverridePermissions), EXTRA_BODY})
GROUPS = frozenset(
    leaf[:at] for leaf in LEAVES for at, sign in enumerate(leaf) if sign == "." and at
)


@dataclass(frozen=True)
class Wishes:
    """`overrides`: dotted contract path -> value; the extra body is one of them, by its own name.

    `granted`: the overrides that the owner's own server asked for, so that nobody need permit them.
    """

    overrides: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    no_audio: bool = False  # the client has no ears, whatever the agent's mode
    granted: frozenset[str] = field(default=frozenset(), compare=False)

    def get(self, name: str, otherwise: Any) -> Any:
        return self.overrides.get(name, otherwise)


def wishes_of(said: Mapping[str, Any]) -> Wishes:
    """What `conversation_initiation_client_data` really asks for: no nulls, no empty objects.

    Values are as they came. An object's place that holds something else is asked for by its
    own name, and refused by it.
    """
    override = _object(said.get(OVERRIDE))
    asked = dict(asked_of(override))
    if (body := said.get(EXTRA_BODY)) not in (None, {}):
        asked[EXTRA_BODY] = body
    given = _object(said.get(VARIABLES)).items()
    variables = {name: value for name, value in given if value is not None}
    return Wishes(asked, variables, override.get("text_only") is True)


def asked_of(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of every known leaf that a tree of overrides has a value for."""
    for name, value in tree.items():
        place = f"{above}{name}"
        if value is None or value == {}:
            continue
        if place in LEAVES:
            yield place, value
        elif place in GROUPS:
            if isinstance(value, Mapping):
                yield from asked_of(value, f"{place}.")
            else:
                yield place, value


def kept(wishes: Wishes, said: Mapping[str, Any]) -> JSON:
    """The JSON to keep of a start: what is wished, whoever wished it, without secrets' values.

    `said`: the client's frame, from which come its source and the keys that nobody here knows.
    """
    unknown = _without(_object(said.get(OVERRIDE)))
    override = {name: part for name, part in unknown.items() if name != "text_only"}
    for place, value in wishes.overrides.items():
        if place != EXTRA_BODY:
            override = placed(override, place.split("."), value)
    if wishes.no_audio:
        override["text_only"] = True
    return {
        OVERRIDE: override,
        EXTRA_BODY: wishes.overrides.get(EXTRA_BODY, {}),
        "source_info": _object(said.get("source_info")),
        VARIABLES: {
            name: "" if name.startswith(SECRET_PREFIX) else value
            for name, value in wishes.variables.items()
        },
    }


def wishes_again(initiation: Mapping[str, Any], secrets: Mapping[str, Any]) -> Wishes:
    """The wishes of a conversation that goes on, from what was kept of its start.

    `secrets`: its `secret__…` variables, which were kept elsewhere.
    """
    wishes = wishes_of(initiation)
    open_ones = {n: v for n, v in wishes.variables.items() if not n.startswith(SECRET_PREFIX)}
    return Wishes(wishes.overrides, {**open_ones, **secrets}, wishes.no_audio)


def placed(tree: Mapping[str, Any], path: list[str], value: Any) -> JSON:
    """A tree with another value at one place; what is on the way is copied."""
    name, *rest = path
    inner = placed(_object(tree.get(name)), rest, value) if rest else value
    return {**tree, name: inner}


def _without(tree: Mapping[str, Any], above: str = "") -> JSON:
    """A tree of overrides without what is known, so that only unknown keys stay."""
    left: JSON = {}
    for name, value in tree.items():
        place = f"{above}{name}"
        if place in GROUPS:
            if isinstance(value, Mapping):
                left[name] = _without(value, f"{place}.")
        elif place not in LEAVES:
            left[name] = value
    return left


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
