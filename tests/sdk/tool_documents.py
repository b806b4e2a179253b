"""The published tool documents of `tests/tools`: as an editor exports them, and as on the wire."""

from __future__ import annotations

import json
from typing import Any

from tests.boot.running import ROOT

FOLDER = ROOT / "tests/tools"
TOOLS: dict[str, dict[str, Any]] = {
    file.name.split(".")[0]: json.loads(file.read_text())
    for file in sorted(FOLDER.glob("*.list.json"))
}


def plain_tool(name: str) -> dict[str, Any]:
    """What a client reads back of it."""
    return dict(json.loads((FOLDER / f"{name}.rest.json").read_text()))
