"""Has the vendor's JavaScript server SDK play the same steps, in one process of Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.boot.running import ROOT

from .steps import JSON, Played, Step

if TYPE_CHECKING:
    from .conftest import ParleyServer

FOLDER = ROOT / "tests/node"
NODE = shutil.which("node")
SDK = FOLDER / "node_modules/@elevenlabs/elevenlabs-js"
needs_node = pytest.mark.skipif(
    not NODE or not SDK.exists(), reason="needs Node and `npm ci` in tests/node"
)


@dataclass(frozen=True)
class InNode:
    """Every method that the SDK has, the steps played, and what unserved methods were told."""

    methods: set[str]
    played: list[Played]
    probed: dict[str, tuple[str, int, Any]]  # route, status and answer; without what it lacks


def node(script: str, server: ParleyServer, given: str = "", **env: str) -> str:
    """What a script of tests/node prints."""
    more = {**os.environ, "PARLEY_URL": server.url, "PARLEY_KEY": server.api_key, **env}
    done = subprocess.run(
        [str(NODE), script], cwd=FOLDER, env=more, input=given, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_node(
    server: ParleyServer, steps: list[Step], known: JSON, unserved: dict[str, JSON]
) -> InNode:
    given = {
        "known": known,
        "steps": [step.document() for step in steps],
        "unserved": [{"method": name, "sample": sample} for name, sample in unserved.items()],
    }
    told = json.loads(node("drive.mjs", server, json.dumps(given)))
    played = [
        Played(step, one.get("route", ""), _trouble(step, one))
        for step, one in zip(steps, told["played"], strict=True)
        if not one.get("missing")
    ]
    probed = {
        name: (one.get("route", ""), one.get("status") or 0, one.get("body") or one.get("error"))
        for name, one in zip(unserved, told["probed"], strict=True)
        if not one.get("missing")
    }
    return InNode(set(told["methods"]), played, probed)


def _trouble(step: Step, one: JSON) -> list[str]:
    if one["fine"]:
        return list(one.get("lacks", []))
    return [one.get("error") or f"it should have failed with {step.fails}"]
