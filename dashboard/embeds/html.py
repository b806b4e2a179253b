"""A plain HTML page: two lines before the end of its body."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Embed:
    """The lines to paste, where they go, and what usually goes wrong."""

    code: str
    steps: tuple[str, ...]
    pitfalls: tuple[str, ...]


def snippet(agent_id: str, server: str) -> Embed:
    """`server`: the address under which visitors reach this server, without a slash at the end."""
    script = escape(f"{server.rstrip('/')}/convai-widget-embed")
    code = (
        f'<elevenlabs-convai agent-id="{escape(agent_id)}"></elevenlabs-convai>\n'
        f'<script src="{script}" async type="text/javascript"></script>'
    )
    return Embed(code, _STEPS, _pitfalls(server))


_STEPS = (
    "Copy the two lines.",
    "Open the page's HTML and paste them just before </body>. Do the same on every page that "
    "shall have the chat, or paste them once into the template that all pages share.",
    "Save, publish, and load the page anew: the chat's button stands in the corner.",
)


def _pitfalls(server: str) -> tuple[str, ...]:
    found = [
        "The agent may be limited to certain sites: then the address of this page, with its port, "
        "has to be on the list.",
        "A content security policy has to let the page load the script and connect: add the "
        "server to script-src and connect-src (there also with ws:// or wss://).",
        "A copy in a cache may still be without the two lines: reload without the cache.",
    ]
    if server.startswith("http://"):
        found.insert(
            0,
            "Pages on https:// cannot load a script from http://: give the server an https "
            "address, and set PARLEY_PUBLIC_URL to it.",
        )
    return tuple(found)
