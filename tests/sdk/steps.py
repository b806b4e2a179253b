"""A step that every client can take: a method's name, what it is given, what must come back.

Names are the Python SDK's, values as on the wire; `$agent` stands for what an earlier step kept.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

JSON = dict[str, Any]
Kind = Literal["minimal", "full", "odd"]
HERE = "conversational_ai."


@dataclass(frozen=True)
class Step:
    method: str
    args: JSON = field(default_factory=dict)
    kind: Kind = "minimal"
    keep: dict[str, str] = field(default_factory=dict)  # a name for a place in the answer
    expects: Any = None  # a part of the answer; None: anything that can be read
    fails: int = 0  # the status, where a refusal is the right answer

    def document(self) -> JSON:
        return asdict(self)


def step(method: str, args: JSON | None = None, kind: Kind = "minimal", **more: Any) -> Step:
    """`agents.create` for short; a leading dot for what is not about agents: `.user.get`."""
    name = method[1:] if method.startswith(".") else HERE + method
    return Step(name, args or {}, kind, **more)


def upload(name: str, content: bytes, kind: str) -> JSON:
    return {"$file": {"name": name, "type": kind, "base64": base64.b64encode(content).decode()}}


@dataclass
class Played:
    """What became of a step; `trouble` is empty when the answer was understood."""

    step: Step
    route: str = ""
    trouble: list[str] = field(default_factory=list)

    def told(self) -> str:
        return f"{self.step.method} ({self.step.kind}) {self.route}: {'; '.join(self.trouble)}"


def lacks(answer: Any, expected: Any, path: str = "") -> list[str]:
    """Where an answer is not what was expected; None: anything will do."""
    if expected is None:
        return []
    if isinstance(expected, dict):
        if not isinstance(answer, dict):
            return [f"{path}: {answer!r} is not an object"]
        return [
            why
            for name, part in expected.items()
            for why in lacks(answer.get(name), part, f"{path}.{name}")
        ]
    if isinstance(expected, list):
        if not isinstance(answer, list) or len(answer) != len(expected):
            return [f"{path}: {str(answer)[:200]} has another length"]
        pairs = zip(answer, expected, strict=True)
        return [w for at, (a, e) in enumerate(pairs) for w in lacks(a, e, f"{path}.{at}")]
    return [] if answer == expected else [f"{path}: {answer!r} is not {expected!r}"]


def filled_in(value: Any, known: JSON) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        return known.get(value[1:], value)
    if isinstance(value, list):
        return [filled_in(part, known) for part in value]
    if isinstance(value, dict):
        return {name: filled_in(part, known) for name, part in value.items()}
    return value
