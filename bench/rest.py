"""REST under load: `python -m bench.rest [--seconds 5] [--quick]`.

A workspace with 2,000 agents and 100,000 judged conversations. Beside each figure, in the same
run: a bare Django view behind the same server that returns the same bytes and looks nothing up.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop

from .callers import Call, Timed, ask
from .processes import KEY, ROOT, Running, bare_view, parley

CONNECTIONS = 8
HEADER = "route                      server     requests/s   p50 ms   p99 ms  errors   of bare"


def get(server: Running, path: str) -> Any:
    headers = {"xi-api-key": KEY}
    answer = httpx.get(f"{server.url}{path}", headers=headers, trust_env=False, timeout=60)
    answer.raise_for_status()
    return answer


def deep_cursor(server: Running, pages: int) -> str:
    """The cursor of a page far down the list, found as a client finds it."""
    cursor = ""
    for _ in range(pages):
        path = f"/v1/convai/conversations?page_size=100&cursor={cursor}"
        cursor = get(server, path).json()["next_cursor"]
    return cursor


def calls(server: Running, pages: int) -> list[Call]:
    agent = get(server, "/v1/convai/agents?page_size=1").json()["agents"][0]["agent_id"]
    talk = get(server, "/v1/convai/conversations?page_size=1").json()["conversations"][0]
    cursor = deep_cursor(server, pages)
    # Each is a change, and so a new version.
    changes = tuple(
        {"conversation_config": {"agent": {"first_message": hello}}} for hello in ("Hi", "Hello")
    )
    listed = "/v1/convai/conversations?page_size=30"
    return [
        Call("get agent", "GET", f"/v1/convai/agents/{agent}"),
        Call("list agents", "GET", "/v1/convai/agents"),
        Call("list conversations", "GET", listed),
        Call("… a deep page", "GET", f"{listed}&cursor={cursor}"),
        Call("… of one agent", "GET", f"{listed}&agent_id={agent}"),
        Call("get conversation", "GET", f"/v1/convai/conversations/{talk['conversation_id']}"),
        Call("PATCH agent", "PATCH", f"/v1/convai/agents/{agent}", changes),
    ]


@contextmanager
def full_house(agents: int, conversations: int) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as home:
        # The callers are one address and one key; what is measured is not the limit.
        env = {"PARLEY_HOME": home, "PARLEY_RATE_PER_KEY": "0", "PARLEY_RATE_PER_ADDRESS": "0"}
        with parley("http://127.0.0.1:9", **env) as server:
            line = ["-m", "bench.full_house", "--agents", str(agents)]
            line += ["--conversations", str(conversations)]
            subprocess.run([sys.executable, *line], cwd=ROOT, env={**os.environ, **env}, check=True)
            yield server


def row(call: Call, name: str, timed: Timed, reference: Timed | None) -> None:
    ratio = "" if reference is None else f"{timed.rate / reference.rate:10.2f}"
    figures = f"{timed.rate:12.0f}{timed.ms(50):9.1f}{timed.ms(99):9.1f}{timed.errors:8}"
    print(f"{call.name:26} {name:8}{figures}{ratio}", flush=True)


@contextmanager
def same_answers(server: Running, wanted: list[Call]) -> Iterator[Running]:
    """The bare view, with what the server answers to each call."""
    with tempfile.TemporaryDirectory() as folder:
        for at, call in enumerate(wanted):
            Path(folder, str(at)).write_bytes(_answer(server, call))
        with bare_view(folder) as bare:
            yield bare


async def compare(server: Running, bare: Running, wanted: list[Call], seconds: float) -> None:
    for at, call in enumerate(wanted):
        same = Call(call.name, call.method, f"/{at}", call.bodies)
        await ask(server.url, call, CONNECTIONS, 0.5)  # warm
        reference = await ask(bare.url, same, CONNECTIONS, seconds)
        timed = await ask(server.url, call, CONNECTIONS, seconds)
        row(call, "bare", reference, None)
        row(call, "parley", timed, reference)


def _answer(server: Running, call: Call) -> bytes:
    answer = httpx.request(
        call.method,
        f"{server.url}{call.path}",
        headers={"xi-api-key": KEY},
        json=call.bodies[0] if call.bodies else None,
        trust_env=False,
        timeout=60,
    )
    answer.raise_for_status()
    return answer.content


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--quick", action="store_true", help="a small house, shorter")
    options = parser.parse_args()
    size = (100, 5_000) if options.quick else (2_000, 100_000)
    with full_house(*size) as server:
        print(f"{size[0]:,} agents, {size[1]:,} conversations, {CONNECTIONS} connections")
        print(HEADER)
        deep = size[1] // 200  # pages of 100: the middle of the list
        wanted = calls(server, deep)
        with same_answers(server, wanted) as bare:
            await compare(server, bare, wanted, 1 if options.quick else options.seconds)


if __name__ == "__main__":
    uvloop.run(main())
