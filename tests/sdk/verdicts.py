"""Which methods of the SDKs work, and why the others do not: `methods.toml`, written out."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "methods.toml"


@dataclass(frozen=True)
class Verdict:
    verdict: str  # works, not in text mode, later
    why: str = ""


def verdicts() -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    told = tomllib.loads(FILE.read_text())
    works = {"verdict": "works", "why": "", "methods": told["works"]}
    for group in (works, *told["unserved"]):
        for name in _written_out(group["methods"]):
            assert name not in found, f"{name} stands twice in {FILE.name}"
            found[name] = Verdict(group["verdict"], group["why"])
    return found


def samples() -> dict[str, Any]:
    """What to give a method that is not served, beside its path."""
    told = tomllib.loads(FILE.read_text())["samples"]
    return {f"conversational_ai.{name}": json.loads(given) for name, given in told.items()}


def other_refusals() -> dict[str, str]:
    """The slug that a method is refused with, where the route itself is not what is missing."""
    told = tomllib.loads(FILE.read_text())["refusals"]
    return {f"conversational_ai.{name}": slug for name, slug in told.items()}


def _written_out(names: list[str]) -> list[str]:
    every = []
    for name in names:
        stem, _, rest = name.partition("{")
        every += [stem + part for part in rest.rstrip("}").split(",")] if rest else [name]
    return every


def camel(name: str) -> str:
    """As the JavaScript SDK spells it."""
    return re.sub(r"_+([a-z0-9])", lambda found: found[1].upper(), name)
