"""`docs/sdk-compatibility.md`, written from what the SDKs experienced."""

from __future__ import annotations

from tests.boot.running import ROOT

from .playing import Heard
from .verdicts import camel, verdicts

FILE = ROOT / "docs/sdk-compatibility.md"
PYTHON, JS = "elevenlabs 2.78.0", "@elevenlabs/elevenlabs-js 2.73.0"
HEAD = f"""# The vendor's SDKs, method by method

Both server SDKs work against Parley after one change, the base URL ([how](moving-here.md)). This
page is written by the tests: they find every method of {PYTHON} (Python) and
{JS} (JavaScript) under `conversational_ai`, `user`, `models` and
`webhooks`, call each one against a running server with little, with everything and with odd
values, and fail when an answer lacks something that the SDK demands.

"""
TAIL = """
*Not in text mode*: telephone, WhatsApp and sound; Parley's agents talk in writing. *Later*: not
served yet. Both answer 404 with `"status": "not_supported"` and a message that says which of the
two it is, so a script can go on. † only in the Python SDK.
"""


def page(heard: Heard) -> str:
    assert heard.js
    return HEAD + _counts(heard) + _works(heard) + _others(heard) + TAIL


def _counts(heard: Heard) -> str:
    assert heard.js
    told = verdicts()
    lines = ["| | methods | work | not in text mode | later |", "|---|---|---|---|---|"]
    in_js = {name for name in told if camel(name) in heard.js.methods}
    for sdk, names in ((f"Python, {PYTHON}", set(told)), (f"JavaScript, {JS}", in_js)):
        count = [
            sum(told[name].verdict == verdict for name in names)
            for verdict in ("works", "not in text mode", "later")
        ]
        lines.append(
            f"| {sdk} | {len(names)} | {count[0]} of {len(names)} | {count[1]} | {count[2]} |"
        )
    return "\n".join(lines) + "\n"


def _works(heard: Heard) -> str:
    lines = ["\n## Works\n", "| method | route |", "|---|---|"]
    routes = {one.step.method: _path(one.route) for one in heard.python if not one.step.fails}
    for name, verdict in sorted(verdicts().items()):
        if verdict.verdict == "works":
            lines.append(f"| `{_short(name)}` | {routes.get(name) or 'in the SDK itself'} |")
    return "\n".join(lines) + "\n"


def _others(heard: Heard) -> str:
    groups: dict[tuple[str, str], list[str]] = {}
    for name, verdict in sorted(verdicts().items()):
        if verdict.verdict != "works":
            groups.setdefault((verdict.verdict, verdict.why), []).append(name)
    text = ""
    for verdict in ("not in text mode", "later"):
        text += f"\n## {verdict.capitalize()}\n"
        for (kind, why), names in groups.items():
            if kind == verdict:
                listed = ", ".join(_marked(name, heard) for name in names)
                text += f"\n**{why[0].upper()}{why[1:]}**: {listed}\n"
    return text


def _marked(name: str, heard: Heard) -> str:
    assert heard.js
    return f"`{_short(name)}`" + ("" if camel(name) in heard.js.methods else "†")


def _short(name: str) -> str:
    return name.removeprefix("conversational_ai.")


def _path(route: str) -> str:
    """With names where the ids were."""
    if not route:
        return ""
    method, path = route.split()
    parts = [_id(part) for part in path.split("/")]
    return f"`{method} {'/'.join(parts)}`"


def _id(part: str) -> str:
    _, _, rest = part.partition("_")
    return "{id}" if part.isdigit() or len(rest) >= 16 else part
