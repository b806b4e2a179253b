"""The stage for a play: conversations that were held, and a site to read and to ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .conftest import ParleyServer
from .in_node import InNode, in_node
from .in_python import PythonSdk
from .scenes import whole
from .steps import JSON, Played, Step
from .talking import judged, judging_agent, rest_of, talk
from .verdicts import samples, verdicts

PAGE = b"<html><title>Hours</title><body><h1>Hours</h1><p>Open 9 to 17.</p></body></html>"


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        order = "order" in self.path
        body = b'{"state": "sent", "where": "\xc3\x86r\xc3\xb8"}' if order else PAGE
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if order else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site() -> Iterator[str]:
    """A customer's site: every page is the same, and every order was sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def stage(server: ParleyServer) -> Iterator[JSON]:
    """What the steps may name: two talks that are over, one that goes on, and a page."""
    with site() as url:
        agent_id = judging_agent(server, f"{url}/order")
        short_agent = judging_agent(server)
        with talk(server, agent_id, "visitor ø") as (long, say):
            say("Where is my order? It goes to Ærø ☕.")
            say('tool:orders {"order": "17"}')
        with rest_of(server) as rest:
            rest.post(f"/conversations/{long}/feedback", json={"feedback": "like"})
        with talk(server, short_agent) as (short, say):
            say("Hi")
        with talk(server, agent_id) as (going_on, _):
            yield {
                "page_url": f"{url}/hours",
                "talk": judged(server, long),
                "short_talk": judged(server, short),
                "open_talk": going_on,
                "talked_agent": agent_id,
            }


@dataclass(frozen=True)
class Heard:
    """Both SDKs' plays."""

    python_methods: set[str]
    with_options: set[str]  # those that take more than they insist on
    python: list[Played]
    python_probed: dict[str, tuple[str, int, Any]]
    js: InNode | None


def hear(server: ParleyServer, *, with_node: bool) -> Heard:
    told = verdicts()
    unserved = [name for name, verdict in told.items() if verdict.verdict != "works"]
    sdk = PythonSdk(server)
    with stage(server) as known:
        python = sdk.play(_acts("py"), known)
    probed = {name: sdk.probe(name) for name in unserved if name in sdk.methods}
    js = None
    if with_node:
        given = samples()
        with stage(server) as known:
            js = in_node(
                server, _acts("js"), known, {name: given.get(name, {}) for name in unserved}
            )
    return Heard(set(sdk.methods), sdk.with_options(), python, probed, js)


def _acts(run: str) -> list[Step]:
    return whole(f"{run}_play")
